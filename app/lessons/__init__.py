"""Material becomes a lesson script: teaching actions, page by page, approved by an instructor.

Owns lesson, lesson_page and lesson_version. In: pages and passages. Out: `LessonScript`, frozen at approval;
students only ever see an approved version. A page whose model reply fails its checks twice gets a fallback made
from the page's own words, marked as such.
"""
