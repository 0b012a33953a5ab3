"""Topics with one right answer: each function draws one question of its topic as a Turn."""

from typing import NamedTuple

from faq import DEFINE_FORMS, DEFINITIONS, FAQ
from tables import (CAPITALS, COLOUR_NAMES, COLOURS, CONTINENT_OF, DAYS, JOBS, KIND_OF, MADE_OF,
                    MIXES,
                    MONTH_DAYS, MONTHS, OPPOSITES, ORDINALS, PAST, PLANETS, PLURALS, SEASONS,
                    SHAPES,
                    UNITS)


class Turn(NamedTuple):
    """One exchange. accept: every right answer; short: the answer in one word, when there is one;
    follow: a way to ask the same of another thing ("And of Italy?"), when the topic has one."""
    topic: str
    question: str
    accept: tuple
    short: str = ""
    follow: str = ""


def an(word):
    return ("an " if word[0] in "aeiouAEIOU" else "a ") + word


def cap(text):
    return text[0].upper() + text[1:]


def capital(r):
    c = r.choice(list(CAPITALS))
    city = CAPITALS[c]
    q = r.choice(["What is the capital of {c}?", "What's the capital of {c}?", "Which city is the "
                  "capital of {c}?", "Name the capital of {c}.", "Tell me the capital of {c}.",
                  "Do you know the capital of {c}?", "What is the capital city of {c}?",
                  "The capital of {c}?", "I want to know the capital of {c}.",
                  "Which is the capital of {c}?", "Capital of {c}?", "Can you name the capital of "
                  "{c}?"])
    follow = r.choice([f"And of {c}?", f"And {c}?", f"What about {c}?", f"And the capital of {c}?"])
    return Turn("capital", q.format(c=c), (f"The capital of {c} is {city}.",), city, follow)


def capital_of_which(r):
    c = r.choice(list(CAPITALS))
    city = CAPITALS[c]
    q = r.choice(["{city} is the capital of which country?", "Which country has the capital "
                  "{city}?",
                  "In which country is {city}?", "Where is {city}?", "What country is {city} in?",
                  "Do you know where {city} is?", "In what country can I find {city}?"])
    return Turn("capital_of_which", q.format(city=city), (f"{city} is the capital of {c}.",), c)


def is_capital(r):
    c = r.choice(list(CAPITALS))
    other = CAPITALS[c] if r.random() < 0.5 else r.choice(list(CAPITALS.values()))
    right = CAPITALS[c]
    q = r.choice(["Is {o} the capital of {c}?", "Is the capital of {c} {o}?",
                  "Is it true that {o} is the capital of {c}?"]).format(o=other, c=c)
    if other == right:
        return Turn("is_capital", q, (f"Yes, {right} is the capital of {c}.",), "Yes")
    return Turn("is_capital", q, (f"No, the capital of {c} is {right}.",), "No")


def continent(r):
    c = r.choice(list(CONTINENT_OF))
    q = r.choice(["On which continent is {c}?", "Where is {c}?", "What continent is {c} in?",
                  "Which "
                  "continent is {c} on?", "Do you know where {c} is?", "Where can I find {c}?",
                  "Where does {c} lie?", "In which part of the world is {c}?"])
    return Turn("continent", q.format(c=c), (f"{c} is in {CONTINENT_OF[c]}.",), CONTINENT_OF[c],
                f"And where is {c}?")


def colour(r):
    x = r.choice(list(COLOURS))
    c = COLOURS[x]
    if r.random() < 0.3:
        other = c if r.random() < 0.5 else r.choice(COLOUR_NAMES)
        answer = f"Yes, {x} is {c}." if other == c else f"No, {x} is {c}."
        return Turn("colour", f"Is {x} {other}?", (answer,), answer.split(",")[0])
    q = r.choice(["What colour is {x}?", "What is the colour of {x}?",
                  "Which colour does {x} have?",
                  "Which colour is {x}?", "Tell me the colour of {x}.", "What color is {x}?",
                  "Do you know the colour of {x}?", "Do you know what colour {x} is?"])
    return Turn("colour", q.format(x=x), (f"{cap(x)} is {c}.",), c,
                r.choice([f"And {x}?", f"What about {x}?"]))


def mix(r):
    pair, c = r.choice(list(MIXES.items()))
    a, b = r.sample(pair, 2)
    q = r.choice(["What do you get when you mix {a} and {b}?", "Which colour do {a} and {b} make?",
                  "What colour is {a} and {b} together?", "Mix {a} and {b}.",
                  "What happens when I mix "
                  "{a} with {b}?", "What do {a} and {b} make?", "If I mix {a} and {b}, what do I "
                  "get?"])
    return Turn("mix", q.format(a=a, b=b), (f"If you mix {a} and {b}, you get {c}.",), c)


def opposite(r):
    a, b = r.choice(OPPOSITES)
    if r.random() < 0.5:
        a, b = b, a
    q = r.choice(["What is the opposite of {a}?", "What's the opposite of {a}?",
                  "Tell me the opposite "
                  "of {a}.", "Which word is the opposite of {a}?", "Opposite of {a}?",
                  "Do you know the "
                  "opposite of {a}?", "Name the opposite of {a}.", "What is the contrary of {a}?"])
    return Turn("opposite", q.format(a=a), (f"The opposite of {a} is {b}.",), b,
                r.choice([f"And of {a}?", f"And the opposite of {a}?", f"What about {a}?"]))


def plural(r):
    s = r.choice(list(PLURALS))
    q = r.choice(["What is the plural of {s}?", "Tell me the plural of {s}.", "Plural of {s}?",
                  "Do you know the plural of {s}?", "What do you call more than one {s}?",
                  "One {s}, two what?", "What's the plural of {s}?"])
    return Turn("plural", q.format(s=s), (f"The plural of {s} is {PLURALS[s]}.",), PLURALS[s],
                f"And of {s}?")


def past(r):
    v = r.choice(list(PAST))
    q = r.choice(["What is the past tense of {v}?", "What is the past of {v}?",
                  "Tell me the past tense "
                  "of {v}.", "Past tense of {v}?", "Do you know the past tense of {v}?",
                  "What's the past tense of {v}?", "How do you say {v} in the past?"])
    return Turn("past", q.format(v=v), (f"The past tense of {v} is {PAST[v]}.",), PAST[v],
                f"And of {v}?")


def day(r):
    i = r.randrange(7)
    d = DAYS[i]
    if r.random() < 0.5:
        o = DAYS[(i + 1) % 7]
        q = r.choice(["What day comes after {d}?", "Which day follows {d}?",
                      "What day is after {d}?",
                      "Today is {d}. What day is tomorrow?", "What is the day after {d}?",
                      "If today is {d}, what day is tomorrow?", "Which day comes after {d}?"])
        return Turn("day", q.format(d=d), (f"{o} comes after {d}.",), o, f"And after {d}?")
    o = DAYS[(i - 1) % 7]
    q = r.choice(["What day comes before {d}?", "Which day is before {d}?",
                  "What day is before {d}?",
                  "Today is {d}. What day was yesterday?", "What is the day before {d}?",
                  "If today is {d}, what day was yesterday?", "Which day comes before {d}?"])
    return Turn("day", q.format(d=d), (f"{o} comes before {d}.",), o, f"And before {d}?")


def month(r):
    i = r.randrange(12)
    m = MONTHS[i]
    kind = r.randrange(4)
    if kind == 0:
        o = MONTHS[(i + 1) % 12]
        q = r.choice(["Which month comes after {m}?", "What month comes after {m}?",
                      "What month follows "
                      "{m}?", "What is the month after {m}?", "Which month is after {m}?"])
        return Turn("month", q.format(m=m), (f"{o} comes after {m}.",), o, f"And after {m}?")
    if kind == 1:
        o = MONTHS[(i - 1) % 12]
        q = r.choice(["Which month comes before {m}?", "What month comes before {m}?",
                      "What month is "
                      "before {m}?", "What is the month before {m}?", "Which month is before {m}?"])
        return Turn("month", q.format(m=m), (f"{o} comes before {m}.",), o, f"And before {m}?")
    if kind == 2:
        q = r.choice(["How many days does {m} have?", "How many days are in {m}?",
                      "How many days are "
                      "there in {m}?", "How long is {m}?", "Tell me how many days {m} has."])
        return Turn("month", q.format(m=m), (f"{m} has {MONTH_DAYS[i]} days.",), str(MONTH_DAYS[i]))
    q = r.choice(["Which month is the {o} of the year?", "What is the {o} month of the year?",
                  "What is the {o} month?", "Name the {o} month of the year.",
                  "Which month is the {o} one?"])
    return Turn("month", q.format(o=ORDINALS[i]), (f"The {ORDINALS[i]} month is {m}.",), m)


def season(r):
    i = r.randrange(4)
    s, after, before = SEASONS[i], SEASONS[(i + 1) % 4], SEASONS[(i - 1) % 4]
    if r.random() < 0.5:
        q = r.choice(["Which season comes after {s}?", "What season comes after {s}?",
                      "What season follows {s}?", "What comes after {s}?"])
        return Turn("season", q.format(s=s), (f"{cap(after)} comes after {s}.",), cap(after))
    q = r.choice(["Which season comes before {s}?", "What season comes before {s}?",
                  "What season is before {s}?", "What comes before {s}?"])
    return Turn("season", q.format(s=s), (f"{cap(before)} comes before {s}.",), cap(before))


def planet(r):
    i = r.randrange(8)
    if r.random() < 0.5 and i < 7:
        q = r.choice(["Which planet comes after {p}?", "What planet comes after {p}?",
                      "What is the next planet after {p}?", "Which planet is next after {p}?"])
        return Turn("planet", q.format(p=PLANETS[i]), (f"{PLANETS[i + 1]} comes after "
                                                       f"{PLANETS[i]}.",),
                    PLANETS[i + 1])
    q = r.choice(["What is the {o} planet from the sun?", "Which planet is the {o} from the sun?",
                  "Name the {o} planet.", "Which planet is {o} from the sun?",
                  "What is the {o} planet?"])
    return Turn("planet", q.format(o=ORDINALS[i]),
                (f"The {ORDINALS[i]} planet from the sun is {PLANETS[i]}.",), PLANETS[i])


def unit(r):
    n, part, whole = r.choice(UNITS)
    q = r.choice(["How many {p} are in {w}?", "How many {p} are there in {w}?",
                  "How many {p} make {w}?",
                  "How many {p} does {w} have?", "Tell me how many {p} are in {w}.",
                  "Do you know how many {p} are in {w}?"])
    return Turn("unit", q.format(p=part, w=whole), (f"There are {n} {part} in {whole}.",), str(n))


def shape(r):
    s = r.choice(list(SHAPES))
    q = r.choice(["How many sides does {s} have?", "How many corners does {s} have?",
                  "How many sides "
                  "has {s}?", "Tell me how many sides {s} has.", "Do you know how many sides {s} "
                  "has?"])
    what = "corners" if "corners" in q else "sides"
    return Turn("shape", q.format(s=an(s)), (f"{cap(an(s))} has {SHAPES[s]} {what}.",),
                str(SHAPES[s]),
                f"And {an(s)}?")


def kind(r):
    x = r.choice(list(KIND_OF))
    k = KIND_OF[x]
    x_ = x if k in ("colour", "planet") else an(x)
    if r.random() < 0.4:
        other = k if r.random() < 0.5 else r.choice(list(KIND_OF.values()))
        answer = f"Yes, {x_} is {an(k)}." if other == k else f"No, {x_} is {an(k)}."
        if x in ("cat", "dog", "owl", "duck") or {other, k} == {"bird", "animal"}:
            other, answer = k, f"Yes, {x_} is {an(k)}."
        return Turn("kind", f"Is {x_} {an(other)}?", (answer,), answer.split(",")[0])
    q = r.choice(["What kind of thing is {x}?", "What sort of thing is {x}?", "What is {x}?",
                  "What kind of thing do you call {x}?", "Tell me what {x} is.",
                  "Do you know what {x} is?"])
    return Turn("kind", q.format(x=x_), (f"{cap(x_)} is {an(k)}.",), k, f"And {x_}?")


def job(r):
    j = r.choice(list(JOBS))
    what = JOBS[j]
    if r.random() < 0.25:
        return Turn("job", f"Who {what}?", (f"{cap(an(j))} {what}.",), cap(an(j)))
    q = r.choice(["What does {j} do?", "What is the job of {j}?", "What is the work of {j}?",
                  "Tell me "
                  "what {j} does.", "What does {j} do all day?", "Do you know what {j} does?"])
    return Turn("job", q.format(j=an(j)), (f"{cap(an(j))} {what}.",), "",
                r.choice([f"And {an(j)}?", f"What about {an(j)}?"]))


def made_of(r):
    x = r.choice(list(MADE_OF))
    q = r.choice(["What is {x} made of?", "What do you make {x} from?", "What is {x} made from?",
                  "Tell me what {x} is made of.", "Do you know what {x} is made of?",
                  "From what is {x} made?"])
    return Turn("made_of", q.format(x=x), (f"{cap(x)} is made of {MADE_OF[x]}.",), "",
                r.choice([f"And {x}?", f"What about {x}?"]))


def define(r):
    x = r.choice(list(DEFINITIONS))
    return Turn("define", r.choice(DEFINE_FORMS).format(x=x), (DEFINITIONS[x],), "",
                r.choice([f"And {x}?", f"And what is {x}?", f"What about {x}?"]))


def faq(r):
    wordings, answer = r.choice(FAQ)
    return Turn("faq", r.choice(wordings), (answer,))
