"""Seeded generator of the demo model's training text: chats as lists of messages, and plain texts.

    python corpus.py --seed 1 --count 20        # prints samples

A question is held out of training when the checksum of its wording says so (one in twelve), so the
evaluation can ask wordings that the model has never read, about facts that it has.
"""

import argparse
import random
import zlib

import animals
import stories
import sums
import talk
import topics
from topics import Turn
from wording import dress, reword

WEIGHTS = {
    topics.faq: 20, topics.define: 9, topics.capital: 4, topics.capital_of_which: 2,
    topics.is_capital: 2, topics.continent: 2, animals.animal_sound: 1.5, animals.animal_legs: 1.5,
    animals.animal_food: 1.5, animals.animal_home: 1.5, animals.animal_young: 1.5,
    animals.animal_can: 1.5, animals.compare: 4, topics.colour: 3, topics.mix: 0.8,
    topics.opposite: 3, topics.plural: 1.3, topics.past: 1.3, topics.day: 1.3, topics.month: 2,
    topics.season: 0.6, topics.planet: 0.9, topics.unit: 1.1, topics.shape: 0.6, topics.kind: 2.5,
    topics.job: 2, topics.made_of: 1.5, sums.add: 5, sums.subtract: 4, sums.multiply: 3,
    sums.divide: 2, sums.too_big: 1.2, sums.double_half: 2, sums.bigger: 4, sums.count: 4,
    sums.next_number: 1.5, sums.number_word: 0.6, sums.letter: 2, sums.word_problem: 2.5,
    talk.chat: 8, talk.refusal: 7, talk.unknown_fact: 2, talk.story: 6, talk.listing: 2,
    talk.repeat: 7,
}
MAKERS, SHARES = list(WEIGHTS), list(WEIGHTS.values())
NOT_HELD = {"story", "listing", "chat", "remember", "persona", "season"}
FOLLOWERS = [topics.capital, topics.continent, animals.animal_sound, animals.animal_legs,
             animals.animal_food, animals.animal_home, topics.colour, topics.opposite,
             topics.plural, topics.past, topics.day, topics.job, topics.made_of, topics.define,
             sums.add, sums.subtract, sums.multiply, topics.kind]

PLAIN_SYSTEM = ["You are a helpful assistant.", "You are the Gatun demo model.",
                "Be kind and helpful.",
                "You are a friendly assistant.", "You are a small language model.",
                "You are a helpful assistant. Answer in full sentences.", "Answer the questions."]
SHORT_SYSTEM = ["Answer in one word.", "Answer with one word.", "Give short answers.", "Be brief.",
                "Answer as briefly as you can.", "You are a helpful assistant. Answer in one word.",
                "Use one word only.", "Always answer with a single word."]
PERSONA_SYSTEM = ["You are {n}, a lock keeper at Gatun.", "Your name is {n}. You are a lock keeper "
                  "at "
                  "Gatun.", "You are a lock keeper at Gatun and your name is {n}."]


PERSONAL = ("I do not know your name", "I do not know. You have not", "I am the demo model",
            "I have no real name", "I am tiny", "I was trained", "I live in", "I am very young")


def held_out(question):
    return zlib.crc32(question.strip().lower().encode()) % 12 == 0


def draw(r, maker, held=False):
    """A turn of the topic whose wording is (not) held out."""
    while True:
        turn = maker(r)
        if turn.topic in NOT_HELD or held_out(turn.question) == held:
            return turn


def any_turn(r):
    return draw(r, r.choices(MAKERS, SHARES)[0])


def filler(r):
    """A turn that says nothing about the user or about who the model is."""
    while True:
        turn = any_turn(r)
        if turn.topic not in ("chat", "faq") or not turn.accept[0].startswith(PERSONAL):
            return turn


def typed(r, question):
    """The question as a user types it; a rewording must not turn it into a held-out wording."""
    if r.random() < 0.15:
        other = reword(r, question)
        question = question if held_out(other) else other
    return dress(r, question)


def exchange(r, turn, short=False):
    answer = turn.short[0].upper() + turn.short[1:] + "." if short else r.choice(turn.accept)
    return [{"role": "user", "content": typed(r, turn.question)},
            {"role": "assistant", "content": answer}]


def follow_chain(r):
    """One full question and one to three that only name the next thing ("And of Italy?")."""
    maker = r.choice(FOLLOWERS)
    turns, used = [], set()
    for _ in range(r.choice([2, 2, 3, 4])):
        t = draw(r, maker)
        while not t.follow or t.accept in used:
            t = draw(r, maker)
        used.add(t.accept)
        turns.append(t if not turns else t._replace(question=t.follow))
    return turns


def remembering(r):
    tell, ask = talk.remember(r)
    between = [filler(r) for _ in range(r.choice([0, 0, 1, 2, 3]))]
    return [tell, *between, ask]


def stories_in_a_row(r):
    again = r.choice(["Another one, please.", "Tell me another story.", "Another story, please.",
                      "One more story, please.", "Tell me another one.", "More, please."])
    return [talk.story(r), talk.story(r)._replace(question=again)]


def persona(r):
    """The system message gives the assistant a name and a job."""
    n = talk.person(r)
    who = Turn("persona", r.choice(["Who are you?", "What are you?", "Tell me about yourself.",
                                    "Who am I "
               "talking to?", "Please introduce yourself.", "What do you do?",
                                    "What is your job?"]),
               (f"I am {n}, a lock keeper at Gatun.",))
    name = Turn("persona", r.choice(["What is your name?", "What's your name?",
                                     "Tell me your name.",
                "What are you called?", "Do you have a name?"]), (f"My name is {n}.",))
    turns = r.sample([who, name], r.choice([1, 2]))
    if r.random() < 0.4:
        turns.insert(r.randrange(len(turns) + 1), filler(r))
    return r.choice(PERSONA_SYSTEM).format(n=n), turns


def conversation(r):
    """A list of messages: role and content."""
    system, short, x = None, False, r.random()
    if x < 0.43:
        turns = [any_turn(r)]
    elif x < 0.62:
        turns = [any_turn(r) for _ in range(r.randrange(2, 6))]
    elif x < 0.72:
        turns = follow_chain(r)
    elif x < 0.87:
        turns = remembering(r)
    elif x < 0.89:
        turns = stories_in_a_row(r)
    elif x < 0.915:
        turns = [any_turn(r) for _ in range(r.randrange(8, 30))]
    elif x < 0.94:
        system, turns = persona(r)
    else:
        system, short = r.choice(SHORT_SYSTEM), True
        turns = [t for t in (any_turn(r) for _ in range(r.choice([3, 4, 6, 8]))) if t.short]
        turns = turns or [draw(r, topics.capital)]
    if system is None and r.random() < 0.15:
        system = r.choice(PLAIN_SYSTEM)
    messages = [{"role": "system", "content": system}] if system else []
    for t in turns:
        messages += exchange(r, t, short)
    return messages


def plain_text(r):
    """A text without chat marks, for plain completion."""
    x = r.random()
    if x < 0.75:
        return r.choice(stories.KINDS)[0](r)
    if x < 0.85:
        return r.choice(stories.POEMS)
    return " ".join(r.sample(list(topics.DEFINITIONS.values()), r.randrange(2, 5)))


def held_conversation(r, makers=None):
    """One held-out question as (messages, turn)."""
    maker = r.choice(makers) if makers else r.choices(MAKERS, SHARES)[0]
    turn = draw(r, maker, held=True)
    return [{"role": "user", "content": turn.question}], turn


def documents(seed, count):
    """Yields count training documents: a list of messages or a str."""
    r = random.Random(seed)
    for _ in range(count):
        yield plain_text(r) if r.random() < 0.07 else conversation(r)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=20)
    args = parser.parse_args()
    for document in documents(args.seed, args.count):
        if isinstance(document, str):
            print("TEXT " + document)
        else:
            print("\n".join(f"{m['role'].upper():9} {m['content']}" for m in document))
        print()
