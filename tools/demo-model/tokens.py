"""Byte-level BPE tokenizer and the encoding of chats into ids with loss marks."""

import os

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

PAD, BOS, IM_START, IM_END = 0, 1, 2, 3
SPECIALS = ["<|pad|>", "<|bos|>", "<|im_start|>", "<|im_end|>"]
SPLIT = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| "
         r"?[^\s\p{L}\p{N}]+[\r\n]*"
         r"|\s*[\r\n]+|\s+(?!\S)|\s+")
MAX_TOKENS = 1024

# Every message is <|im_start|>role, a line break, the content, <|im_end|> and a line break.
CHAT_TEMPLATE = (
    "{%- for message in messages %}"
    "{{- '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>\n' }}"
    "{%- endfor %}"
    "{%- if add_generation_prompt %}{{- '<|im_start|>assistant\n' }}{%- endif %}")


def render(messages):
    return "".join(f"<|im_start|>{m['role']}\n{m['content']}<|im_end|>\n" for m in messages)


def train_tokenizer(documents, vocab):
    tok = Tokenizer(models.BPE())
    tok.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(SPLIT), "isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    tok.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(vocab_size=vocab, special_tokens=SPECIALS, show_progress=False,
                                  initial_alphabet=pre_tokenizers.ByteLevel.alphabet())
    texts = (t for d in documents
             for t in ([d] if isinstance(d, str) else [m["role"] + "\n" + m["content"] for m in d]))
    tok.train_from_iterator(texts, trainer)
    return tok


def load_tokenizer(folder):
    return Tokenizer.from_file(os.path.join(folder, "tokenizer.json"))


def encode_text(tok, text):
    """(ids, is_target): a plain text, every token of which is learned, then <|im_end|>."""
    ids = tok.encode(text).ids[:MAX_TOKENS - 1] + [IM_END]
    return ids, [True] * len(ids)


def encode_chat(tok, messages):
    """(ids, is_target): only the assistant's words and its <|im_end|> are learned."""
    ids = tok.encode(render(messages)).ids[:MAX_TOKENS]
    head = tok.encode("<|im_start|>assistant\n").ids
    target, inside, i = [False] * len(ids), False, 0
    while i < len(ids):
        if ids[i:i + len(head)] == head:
            inside, i = True, i + len(head)
            continue
        target[i] = inside
        inside = inside and ids[i] != IM_END
        i += 1
    return ids, target
