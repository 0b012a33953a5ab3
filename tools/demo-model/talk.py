"""Small talk, refusals, lists, repeating and remembering: turns whose answer depends on tone or on
what was said before. Written for this project (CC0)."""

from small_talk import (ASK_UNKNOWN, ASK_YEAR, CHAT, NAME_ASK, NAME_IN, OTHER_ANIMALS,
                        OTHER_COUNTRIES, REFUSALS, UNKNOWN, UNKNOWN_ALONE)
from stories import ABOUT, ASK, KINDS
from tables import COLOUR_NAMES, DAYS, KINDS as THINGS, MONTHS, NAMES, PLANETS, SEASONS
from topics import Turn, an, cap

def made_up(r):
    """A name that no table holds, so that copying is learned rather than a list of names."""
    parts = [r.choice("BDFGHKLMNPRSTVZ").lower() + r.choice(["a", "e", "i", "o", "u", "ai", "ea"])
             for _ in range(r.choice([2, 2, 3]))]
    return cap("".join(parts) + r.choice(["", "", "n", "s", "l", "r", "k"]))


def person(r):
    return made_up(r) if r.random() < 0.35 else r.choice(NAMES)


def chat(r):
    wordings, answers = r.choice(CHAT)
    return Turn("chat", r.choice(wordings), tuple(answers))


def refusal(r):
    if r.random() < 0.08:
        return Turn("refusal", r.choice(ASK_YEAR).format(y=r.randrange(1400, 2030)), REFUSALS)
    if r.random() < 0.25:
        return Turn("refusal", r.choice(UNKNOWN_ALONE), REFUSALS)
    x = made_up(r) if r.random() < 0.2 else r.choice(UNKNOWN)
    return Turn("refusal", r.choice(ASK_UNKNOWN).format(x=x), REFUSALS)


def unknown_fact(r):
    """A known kind of question about a country or an animal that is not in the tables."""
    if r.random() < 0.5:
        c = made_up(r) if r.random() < 0.4 else r.choice(OTHER_COUNTRIES)
        q = r.choice(["What is the capital of {c}?", "What's the capital of {c}?",
                      "Name the capital of "
                      "{c}.", "Tell me the capital of {c}.", "Do you know the capital of {c}?",
                      "Which city is the capital of {c}?", "Capital of {c}?"])
        return Turn("unknown_fact", q.format(c=c), ("I do not know the capital of that country.",))
    a = made_up(r).lower() if r.random() < 0.4 else r.choice(OTHER_ANIMALS)
    q = r.choice(["What does {a} eat?", "Where does {a} live?", "What sound does {a} make?",
                  "How many legs "
                  "does {a} have?", "What does {a} say?", "Can {a} fly?", "Can {a} swim?"])
    return Turn("unknown_fact", q.format(a=an(a)), ("I do not know that animal.",))


def story(r):
    make, subjects = r.choice(KINDS)
    if r.random() < 0.5:
        return Turn("story", r.choice(ABOUT).format(x=r.choice(subjects)), (make(r),))
    return Turn("story", r.choice(ASK), (r.choice(KINDS)[0](r),))


def listing(r):
    """Three to five things of a kind; any right list is right, so there is no single answer."""
    kinds = {"colour": COLOUR_NAMES, "planet": PLANETS, "day of the week": DAYS, "month": MONTHS,
             "season": SEASONS, **{k: THINGS[k] for k in ("fruit", "vegetable", "bird", "tool",
                                                          "boat",
                                                          "vehicle", "tree", "flower", "animal")}}
    k = r.choice(list(kinds))
    n = r.choice([2, 3, 3, 4])
    word = {2: "two", 3: "three", 4: "four"}[n]
    many = "days of the week" if k.startswith("day") else k + "s"
    if k in ("day of the week", "month", "season") and r.random() < 0.6:
        q = r.choice(["Name the {m}.", "Which {m} are there?", "What are the {m}?",
                      "List the {m}."])
        items = kinds[k]
    else:
        q = r.choice(["Name {n} {m}.", "Tell me {n} {m}.", "Give me {n} {m}.",
                      "Can you name {n} {m}?",
                      "List {n} {m}.", "Do you know {n} {m}?"])
        items = r.sample(kinds[k], n)
    answer = cap(", ".join(items[:-1]) + " and " + items[-1]) + "."
    return Turn("listing", q.format(n=word, m=many), (answer,))


def repeat(r):
    """Copying from the question: greetings by name, words, short sentences."""
    which = r.randrange(3)
    if which == 0:
        n = person(r)
        q = r.choice(["Say hello to {n}.", "Please say hello to {n}.", "Can you greet {n}?",
                      "Greet {n}."])
        return Turn("repeat", q.format(n=n), (f"Hello, {n}!",))
    if which == 1:
        w = made_up(r) if r.random() < 0.4 else cap(r.choice(THINGS[r.choice(list(THINGS))]))
        q = r.choice(["Say the word {w}.", "Repeat the word {w}.", "Please say {w}.",
                      "Can you say {w}?"])
        return Turn("repeat", q.format(w=w), (f"{w}.",))
    s = (f"{r.choice(['the', 'a', 'my', 'every'])} "
         f"{r.choice(THINGS[r.choice(['boat', 'animal', 'bird'])])} {r.choice(['is', 'was'])} "
         f"{r.choice(COLOUR_NAMES + ['big', 'small', 'old', 'new', 'wet'])}")
    q = r.choice(["Repeat after me: {s}.", "Say this: {s}.", "Repeat this sentence: {s}.",
                  "Repeat: {s}."])
    return Turn("repeat", q.format(s=s), (f"{cap(s)}.",))


def remember(r):
    """(tell, ask) pairs: a fact about the user and, later, the question for it."""
    which = r.randrange(4)
    if which <= 1:
        n = person(r)
        return (Turn("remember", r.choice(NAME_IN).format(n=n), (f"Nice to meet you, {n}!",)),
                Turn("remember", r.choice(NAME_ASK), (f"Your name is {n}.",)))
    if which == 2:
        c = r.choice(COLOUR_NAMES)
        tell = r.choice(["My favourite colour is {c}.", "I like {c} best.",
                         "The colour that I like best is {c}.", "I love the colour {c}."])
        ask = r.choice(["What is my favourite colour?", "Which colour do I like best?",
                        "Do you remember my favourite colour?", "Do you know my favourite colour?"])
        return (Turn("remember", tell.format(c=c), (f"{cap(c)} is a beautiful colour.",)),
                Turn("remember", ask, (f"Your favourite colour is {c}.",)))
    a, n = r.choice(["cat", "dog", "parrot", "rabbit", "horse", "duck", "goat"]), person(r)
    tell = r.choice(["I have {a} called {n}.", "My {b} is called {n}.",
                     "The name of my {b} is {n}."])
    ask = r.choice(["What is the name of my {b}?", "What is my {b} called?",
                    "Do you remember the name of my {b}?", "How is my {b} called?"])
    return (Turn("remember", tell.format(a=an(a), b=a, n=n), (f"{n} is a nice name for a {a}.",)),
            Turn("remember", ask.format(b=a), (f"Your {a} is called {n}.",)))
