"""What comes in from other programs and goes out to them, as files.

Owns transfer and the files of transfers on disk. In: question banks, portable courses, a topic. Out: questions in the
bank, after its instructor has seen what was found; a course; an outline; and files to take away (question banks, the
course as one file, a lesson as PPTX, PDF, Markdown or a page that plays by itself). Long work is a job with progress
that can be called off.
"""
