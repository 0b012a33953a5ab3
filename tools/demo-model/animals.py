"""Topics about animals, and comparing animals and vehicles by size or speed."""

from tables import ANIMALS, BY_SIZE, BY_SPEED, FLIERS, NO_FLY, NO_SWIM, SWIMMERS
from topics import Turn, an, cap


def animal_sound(r):
    a = r.choice([k for k, v in ANIMALS.items() if v[0]])
    verb = ANIMALS[a][0]
    q = r.choice(["What sound does {a} make?", "What does {a} say?", "Which sound does {a} make?",
                  "How does {a} sound?", "What noise does {a} make?", "Tell me the sound of {a}.",
                  "What is the sound of {a}?", "Do you know what sound {a} makes?"])
    return Turn("animal_sound", q.format(a=an(a)), (f"{cap(an(a))} {verb}.",), "",
                r.choice([f"And {an(a)}?", f"What about {an(a)}?"]))


def animal_legs(r):
    a = r.choice(list(ANIMALS))
    n = ANIMALS[a][1]
    q = r.choice(["How many legs does {a} have?", "How many legs has {a}?",
                  "What number of legs does "
                  "{a} have?", "Count the legs of {a}.", "Do you know how many legs {a} has?",
                  "Tell me how many legs {a} has."])
    answer = f"{cap(an(a))} has {n} legs." if n else f"{cap(an(a))} has no legs."
    return Turn("animal_legs", q.format(a=an(a)), (answer,), str(n),
                r.choice([f"And {an(a)}?", f"What about {an(a)}?"]))


def animal_food(r):
    a = r.choice(list(ANIMALS))
    q = r.choice(["What does {a} eat?", "What do I feed {a}?", "What is the food of {a}?",
                  "What does "
                  "{a} like to eat?", "Tell me what {a} eats.", "Do you know what {a} eats?",
                  "What food does {a} eat?"])
    return Turn("animal_food", q.format(a=an(a)), (f"{cap(an(a))} eats {ANIMALS[a][2]}.",), "",
                r.choice([f"And {an(a)}?", f"What about {an(a)}?"]))


def animal_home(r):
    a = r.choice(list(ANIMALS))
    q = r.choice(["Where does {a} live?", "Where can I find {a}?", "What is the home of {a}?",
                  "Where is the home of {a}?", "Tell me where {a} lives.",
                  "In which place does {a} "
                  "live?", "Do you know where {a} lives?"])
    return Turn("animal_home", q.format(a=an(a)), (f"{cap(an(a))} lives {ANIMALS[a][3]}.",), "",
                r.choice([f"And {an(a)}?", f"What about {an(a)}?"]))


def animal_young(r):
    a = r.choice(list(ANIMALS))
    young = ANIMALS[a][4]
    q = r.choice(["What is a baby {a} called?", "What do you call a baby {a}?",
                  "What is the name of a "
                  "young {a}?", "How is a young {a} called?", "What do we call a young {a}?",
                  "Tell me the word for a baby {a}.", "What is a young {a} called?"])
    return Turn("animal_young", q.format(a=a), (f"A young {a} is called {an(young)}.",), young)


def animal_can(r):
    verb, yes, no = r.choice([("fly", FLIERS, NO_FLY), ("swim", SWIMMERS, NO_SWIM)])
    good = r.random() < 0.5
    a = r.choice(yes if good else no)
    q = r.choice(["Can {a} {v}?", "Is {a} able to {v}?", "Do you think that {a} can {v}?",
                  "Tell me, can {a} {v}?"]).format(a=an(a), v=verb)
    answer = f"Yes, {an(a)} can {verb}." if good else f"No, {an(a)} cannot {verb}."
    return Turn("animal_can", q, (answer,), "Yes" if good else "No")


def compare(r):
    order, more, less, verb = r.choice([(BY_SIZE, "bigger", "smaller", "is"),
                                        (BY_SPEED, "faster", "slower", "is")])
    a, b = r.sample(order, 2)
    word = r.choice([more, less])
    first = (order.index(a) > order.index(b)) == (word == more)
    win, lose = (a, b) if first else (b, a)
    if r.random() < 0.4:
        q = r.choice(["Is {a} {w} than {b}?", "Tell me, is {a} {w} than {b}?"])
        answer = f"{'Yes' if first else 'No'}, {an(win)} is {word} than {an(lose)}."
        return Turn("compare", q.format(a=an(a), b=an(b), w=word), (answer,),
                    "Yes" if first else "No")
    q = r.choice(["What is {w}, {a} or {b}?", "Which is {w}, {a} or {b}?",
                  "Which one is {w}: {a} or "
                  "{b}?", "{a} or {b}, which is {w}?", "Who is {w}, {a} or {b}?"])
    return Turn("compare", cap(q.format(a=an(a), b=an(b), w=word)),
                (f"{cap(an(win))} is {word} than {an(lose)}.",), win)
