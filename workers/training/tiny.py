"""A language model small enough for tests: Llama's architecture, 0.3 million random weights, its own tokenizer.

Made from a seed and a few sentences of ours, so it is the same on every machine and nothing has to be fetched. It
knows nothing; what the suite shows with it is that every trainer runs, resumes and learns what it is shown.
"""

from typing import Any

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

NAME = "tiny"
SEED = 20240211
VOCABULARY = 1024
WORDS = """
Let us look at the problem together. What do you know so far? Which step comes first? Good, that is right.
Not quite: look again at the second number. What happens when you multiply both sides? Try it and tell me what you get.
You are close. Can you say why you chose that? The student asks a question. The tutor gives a hint and does not tell
the answer. The answer is twelve. How many are left? Add the two numbers, subtract three, divide by four, take half.
Think about what the question wants. A fraction has a part above and a part below. Well done! Check your result.
{"evaluation": "a", "action": "1", "state": "x", "text": "0123456789"} {"evaluation": "b", "action": "3", "state": "y"}
incorrect correct partly ambiguous off topic inquiry solution problem step area length width minutes hours each total
"""
TEMPLATE = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)


def make() -> tuple[Any, Any]:
    """The model (`LlamaForCausalLM`, float32) and its tokenizer; the random state of the process is left as it was."""
    tokenizer = _tokenizer()
    config = LlamaConfig(
        vocab_size=VOCABULARY,
        hidden_size=96,
        intermediate_size=256,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=1024,
        tie_word_embeddings=True,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(SEED)
        model: Any = LlamaForCausalLM(config)
    return model.eval(), tokenizer


def _tokenizer() -> Any:
    """Byte-level BPE, so that any text can be written with it."""
    raw = Tokenizer(models.BPE())
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    raw.decoder = decoders.ByteLevel()
    specials = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=specials,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    raw.train_from_iterator(WORDS.strip().splitlines(), trainer)
    kind: Any = PreTrainedTokenizerFast
    made = kind(tokenizer_object=raw, bos_token="<|im_start|>", eos_token="<|im_end|>", pad_token="<|endoftext|>")
    made.chat_template = TEMPLATE
    return made
