"""Asks the stored model with Hugging Face transformers and writes what it answers.

    python evaluate.py --model ../../demo-model --out samples.txt

Part 1 counts exactly right greedy answers to held-out wordings, per topic. Part 2 counts them for
paraphrases written by hand in forms that the generator does not have. Part 3 prints greedy and
sampled answers to a fixed list of prompts.
"""

import argparse
import collections
import random

import torch
import transformers
from transformers import AutoModelForCausalLM, AutoTokenizer

import corpus
from prompts import CHATS, PARAPHRASES, PLAIN


class Demo:
    def __init__(self, folder):
        self.tok = AutoTokenizer.from_pretrained(folder)
        self.model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()

    def answer(self, messages, sampled=False, new_tokens=160):
        text = messages if isinstance(messages, str) else self.tok.apply_chat_template(
            messages, tokenize=False, add_generation_prompt=True)
        ids = self.tok(text, return_tensors="pt")
        how = dict(do_sample=True, temperature=0.7, top_p=0.9) if sampled else dict(
            do_sample=False, temperature=None, top_p=None)
        with torch.no_grad():
            out = self.model.generate(**ids, max_new_tokens=new_tokens, **how)
        return self.tok.decode(out[0, ids["input_ids"].shape[1]:], skip_special_tokens=True)


def held_out_score(demo, each):
    """{topic: (right, asked)} and the wrong answers."""
    rng = random.Random(99)
    score, wrong = collections.OrderedDict(), []
    for maker in corpus.MAKERS:
        right = asked = 0
        for _ in range(each):
            messages, turn = corpus.held_conversation(rng, [maker])
            if turn.topic in corpus.NOT_HELD:
                break
            said = demo.answer(messages)
            asked += 1
            right += said in turn.accept
            if said not in turn.accept:
                wrong.append((turn.question, said, turn.accept[0]))
        if asked:
            score[maker.__name__] = (right, asked)
    return score, wrong


def paraphrase_score(demo):
    right, wrong = 0, []
    for question, accepted in PARAPHRASES:
        said = demo.answer([{"role": "user", "content": question}])
        right += said in accepted
        if said not in accepted:
            wrong.append((question, said, accepted[0]))
    return right, wrong


def show(demo, chat):
    """Plays the user's turns one by one and prints both sides."""
    lines, messages = [], []
    for role, content in chat:
        messages.append({"role": role, "content": content})
        lines.append(f"{role}: {content}")
        if role == "user":
            said = demo.answer(messages)
            messages.append({"role": "assistant", "content": said})
            lines.append(f"assistant (greedy): {said}")
            if len(chat) == 1:
                lines.append(f"assistant (sampled): {demo.answer(messages[:-1], sampled=True)}")
    return lines


def report(demo, each):
    score, wrong = held_out_score(demo, each)
    right, asked = (sum(column) for column in zip(*score.values()))
    yield f"transformers {transformers.__version__}, torch {torch.__version__}, float32 arithmetic"
    yield f"\n== 1. Held-out wordings, greedy, exactly right: {right}/{asked} = {right / asked:.1%}"
    for topic, (r, n) in score.items():
        yield f"{topic:18} {r}/{n}"
    yield "\nwrong answers (question | said | expected):"
    yield from (" | ".join(w) for w in wrong)
    right, wrong = paraphrase_score(demo)
    n = len(PARAPHRASES)
    yield f"\n== 2. Paraphrases by hand, greedy, exactly right: {right}/{n} = {right / n:.1%}"
    yield "wrong answers (question | said | expected):"
    yield from (" | ".join(w) for w in wrong)
    yield "\n== 3. Samples"
    torch.manual_seed(1)
    for chat in CHATS:
        yield ""
        yield from show(demo, chat)
    for text in PLAIN:
        yield f"\nplain text: {text}"
        yield f"continued (greedy): {demo.answer(text)}"
        yield f"continued (sampled): {demo.answer(text, sampled=True)}"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="../../demo-model")
    parser.add_argument("--out", default="samples.txt")
    parser.add_argument("--each", type=int, default=20, help="held-out questions of each topic")
    args = parser.parse_args()
    torch.set_num_threads(1)
    with open(args.out, "w", encoding="utf-8") as f:
        for line in report(Demo(args.model), args.each):
            print(line, flush=True)
            f.write(line + "\n")
