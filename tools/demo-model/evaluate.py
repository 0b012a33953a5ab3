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

BATCH = 40  # questions answered together


class Demo:
    def __init__(self, folder):
        self.tok = AutoTokenizer.from_pretrained(folder, padding_side="left")
        self.model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()

    def answers(self, prompts, sampled=False, new_tokens=160):
        """One answer for each prompt: a list of messages, or a str to continue."""
        texts = [p if isinstance(p, str) else self.tok.apply_chat_template(
            p, tokenize=False, add_generation_prompt=True) for p in prompts]
        batch = self.tok(texts, return_tensors="pt", padding=True)
        how = dict(do_sample=True, temperature=0.7, top_p=0.9) if sampled else dict(
            do_sample=False, temperature=None, top_p=None)
        with torch.no_grad():
            out = self.model.generate(**batch, max_new_tokens=new_tokens, **how)
        new = out[:, batch["input_ids"].shape[1]:]
        return [self.tok.decode(row, skip_special_tokens=True) for row in new]

    def answer(self, prompt, sampled=False):
        return self.answers([prompt], sampled)[0]


def ask_all(demo, asked):
    """asked: (topic, question, accepted). Returns {topic: (right, asked)} and the wrong answers."""
    score, wrong = collections.OrderedDict(), []
    for start in range(0, len(asked), BATCH):
        group = asked[start:start + BATCH]
        said = demo.answers([[{"role": "user", "content": q}] for _, q, _ in group])
        for (topic, question, accepted), answer in zip(group, said):
            right, number = score.get(topic, (0, 0))
            score[topic] = (right + (answer in accepted), number + 1)
            if answer not in accepted:
                wrong.append(f"{question} | {answer} | {accepted[0]}")
    return score, wrong


def held_out_questions(each):
    """Up to each different held-out questions of every topic with one right answer."""
    rng = random.Random(99)
    for maker in corpus.MAKERS:
        seen = {}
        for _ in range(each * 3):
            turn = corpus.held_conversation(rng, [maker])[1]
            if turn.topic in corpus.NOT_HELD:
                break
            if len(seen) < each:
                seen[turn.question] = turn.accept
        yield from ((maker.__name__, q, accepted) for q, accepted in seen.items())


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
    yield f"transformers {transformers.__version__}, torch {torch.__version__}, float32 arithmetic"
    score, wrong = ask_all(demo, list(held_out_questions(each)))
    right, asked = (sum(column) for column in zip(*score.values()))
    yield f"\n== 1. Held-out wordings, greedy, exactly right: {right}/{asked} = {right / asked:.1%}"
    for topic, (r, n) in score.items():
        yield f"{topic:18} {r}/{n}"
    yield "\nwrong answers (question | said | expected):"
    yield from wrong
    score, wrong = ask_all(demo, [("by hand", q, accepted) for q, accepted in PARAPHRASES])
    right, asked = score["by hand"]
    yield f"\n== 2. Paraphrases by hand, greedy, exactly right: {right}/{asked} = {right / asked:.1%}"
    yield "wrong answers (question | said | expected):"
    yield from wrong
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
