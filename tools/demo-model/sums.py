"""Topics with numbers: sums, products, counting, order. Numbers stay small on purpose."""

from tables import NUMBER_WORDS
from topics import Turn, cap

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def spelled(r, n):
    """The number as digits, now and then as a word."""
    return NUMBER_WORDS[n] if n <= 20 and r.random() < 0.12 else str(n)


def add(r):
    a, b = r.randrange(0, 11), r.randrange(0, 11)
    q = r.choice(["What is {a} plus {b}?", "What is {a} + {b}?", "How much is {a} plus {b}?",
                  "{a} + {b}",
                  "{a} plus {b}?", "Add {a} and {b}.", "What is the sum of {a} and {b}?",
                  "{a} + {b} = ?",
                  "Can you add {a} and {b}?", "What do {a} and {b} make?", "What's {a} plus {b}?",
                  "How much is {a} + {b}?", "Tell me what {a} plus {b} is.",
                  "Calculate {a} + {b}."])
    return Turn("add", q.format(a=spelled(r, a), b=spelled(r, b)), (f"{a} plus {b} is {a + b}.",),
                str(a + b), f"And {a} plus {b}?")


def subtract(r):
    b = r.randrange(0, 11)
    a = b + r.randrange(0, 11)
    below = b < a <= 10 and r.random() < 0.15
    if below:
        a, b = b, a
    q = r.choice(["What is {a} minus {b}?", "What is {a} - {b}?", "How much is {a} minus {b}?",
                  "{a} - {b}", "{a} minus {b}?", "Subtract {b} from {a}.",
                  "Take {b} away from {a}.",
                  "What's {a} minus {b}?", "How much is {a} - {b}?", "{a} - {b} = ?",
                  "Calculate {a} - {b}.", "Tell me what {a} minus {b} is."])
    if below:
        return Turn("subtract", q.format(a=a, b=b), ("That is less than zero. I cannot count "
                                                     "there.",))
    return Turn("subtract", q.format(a=spelled(r, a), b=spelled(r, b)),
                (f"{a} minus {b} is {a - b}.",),
                str(a - b), f"And {a} minus {b}?")


def multiply(r):
    a, b = r.randrange(0, 11), r.randrange(0, 11)
    q = r.choice(["What is {a} times {b}?", "How much is {a} times {b}?", "{a} times {b}?",
                  "{a} * {b}",
                  "Multiply {a} by {b}.", "What is {a} * {b}?", "What is {a} multiplied by {b}?",
                  "What's {a} times {b}?", "Calculate {a} times {b}.", "{a} x {b}",
                  "{a} * {b} = ?"])
    return Turn("multiply", q.format(a=spelled(r, a), b=spelled(r, b)),
                (f"{a} times {b} is {a * b}.",),
                str(a * b), f"And {a} times {b}?")


def divide(r):
    b, n = r.randrange(1, 11), r.randrange(0, 11)
    a = b * n
    q = r.choice(["What is {a} divided by {b}?", "How much is {a} divided by {b}?", "{a} / {b}",
                  "Divide {a} by {b}.", "What is {a} / {b}?", "{a} divided by {b}?",
                  "What's {a} divided by {b}?", "Calculate {a} / {b}.", "{a} : {b}"])
    return Turn("divide", q.format(a=spelled(r, a), b=b), (f"{a} divided by {b} is {n}.",), str(n),
                f"And {a} divided by {b}?")


def too_big(r):
    """Sums beyond the tables that were learned."""
    low, high = r.choice([(11, 21), (21, 100), (101, 1000), (101, 1000), (1000, 100000)])
    a, b = r.randrange(low, high), r.randrange(low, high)
    if r.random() < 0.3:
        b = r.randrange(11, 100)
    asked = ["What is {a} plus {b}?", "What is {a} + {b}?", "{a} + {b}", "What is {a} times {b}?",
             "{a} * {b}", "Add {a} and {b}.", "{a} plus {b}?", "Calculate {a} + {b}.",
             "Multiply {a} by {b}.", "{a} times {b}?", "How much is {a} plus {b}?"]
    if low > 20:
        asked += ["How much is {a} minus {b}?", "{a} - {b}", "What is the square root of {a}?"]
    q = r.choice(asked)
    return Turn("too_big", q.format(a=a, b=b),
                ("Those numbers are too big for me. I can only do small sums.",))


def double_half(r):
    a = r.randrange(1, 11)
    kind = r.randrange(3)
    if kind == 0:
        q = r.choice(["What is twice {a}?", "What is the double of {a}?", "Double {a}.",
                      "What is double {a}?", "How much is twice {a}?"])
        return Turn("double_half", q.format(a=a), (f"Twice {a} is {2 * a}.",), str(2 * a))
    if kind == 1:
        q = r.choice(["What is half of {a}?", "How much is half of {a}?", "Half of {a}?",
                      "Tell me half of {a}.", "What is the half of {a}?"])
        return Turn("double_half", q.format(a=2 * a), (f"Half of {2 * a} is {a}.",), str(a))
    a = r.randrange(0, 21)
    q = r.choice(["Is {a} even or odd?", "Is {a} odd or even?", "Is the number {a} even or odd?"])
    word = "odd" if a % 2 else "even"
    return Turn("double_half", q.format(a=a), (f"{a} is {an_word(word)} number.",), word)


def an_word(word):
    return ("an " if word[0] in "aeiou" else "a ") + word


def bigger(r):
    a, b = r.sample(range(21), 2)
    word = r.choice(["bigger", "smaller"])
    first = (a > b) == (word == "bigger")
    win, lose = (a, b) if first else (b, a)
    if r.random() < 0.4:
        q = f"Is {a} {word} than {b}?"
        answer = f"{'Yes' if first else 'No'}, {win} is {word} than {lose}."
        return Turn("bigger", q, (answer,), "Yes" if first else "No")
    q = r.choice(["What is {w}, {a} or {b}?", "Which number is {w}, {a} or {b}?",
                  "Which is {w}, {a} or {b}?", "{a} or {b}, which is {w}?"])
    return Turn("bigger", q.format(w=word, a=a, b=b), (f"{win} is {word} than {lose}.",), str(win))


def count(r):
    a = r.choice([1, 1, 1, 2, 3, 4, 5])
    b = r.randrange(a + 2, 13)
    if r.random() < 0.2 and b <= 12:
        q = r.choice(["Count from {b} down to {a}.", "Count backwards from {b} to {a}.",
                      "Count down from {b} to {a}.", "Can you count from {b} down to {a}?"])
        words = [str(n) for n in range(b, a - 1, -1)]
        return Turn("count", q.format(a=a, b=b), (", ".join(words) + ".",))
    if a == 1 and r.random() < 0.4:
        q = r.choice(["Count to {b}.", "Can you count to {b}?", "Please count to {b}.",
                      "Count up to {b}."])
    else:
        q = r.choice(["Count from {a} to {b}.", "Can you count from {a} to {b}?",
                      "Please count from {a} "
                      "to {b}.", "Name the numbers from {a} to {b}.", "List the numbers from {a} "
                      "to {b}."])
    return Turn("count", q.format(a=a, b=b), (", ".join(str(n) for n in range(a, b + 1)) + ".",))


def next_number(r):
    n = r.randrange(0, 31)
    if r.random() < 0.5:
        q = r.choice(["What number comes after {n}?", "Which number comes after {n}?",
                      "What is the next "
                      "number after {n}?", "What comes after {n}?", "Which number follows {n}?"])
        return Turn("next_number", q.format(n=n), (f"{n + 1} comes after {n}.",), str(n + 1))
    n += 1
    q = r.choice(["What number comes before {n}?", "Which number comes before {n}?",
                  "What comes before "
                  "{n}?", "Which number is before {n}?", "What is the number before {n}?"])
    return Turn("next_number", q.format(n=n), (f"{n - 1} comes before {n}.",), str(n - 1))


def number_word(r):
    n = r.randrange(0, 21)
    q = r.choice(["How do you write {n} as a word?", "Write {n} as a word.",
                  "What is the word for {n}?",
                  "How do you spell the number {n}?", "Write the number {n} in letters."])
    return Turn("number_word", q.format(n=n), (f"The word for {n} is {NUMBER_WORDS[n]}.",),
                NUMBER_WORDS[n])


def letter(r):
    i = r.randrange(25)
    a, b = LETTERS[i], LETTERS[i + 1]
    kind = r.randrange(2)
    if kind == 0:
        q = r.choice(["Which letter comes after {a}?", "What letter comes after {a}?",
                      "What is the letter "
                      "after {a}?", "Which letter follows {a}?", "What is the next letter after "
                      "{a}?"])
        return Turn("letter", q.format(a=a), (f"{b} comes after {a}.",), b)
    q = r.choice(["Which letter comes before {b}?", "What letter comes before {b}?",
                  "What is the letter "
                  "before {b}?", "Which letter is before {b}?", "What letter is right before {b}?"])
    return Turn("letter", q.format(b=b), (f"{a} comes before {b}.",), a)


def word_problem(r):
    """Ships in a lock, apples in a basket: one addition or subtraction, told as a small scene."""
    thing, place = r.choice([("ships", "in the lake"), ("boats", "in the harbour"), ("apples",
                                                                                     "in the "
                             "basket"), ("ducks", "on the pond"), ("books", "on the shelf"),
                             ("children", "in the room"), ("birds", "in the tree")])
    a, b = r.randrange(2, 11), r.randrange(2, 11)
    if r.random() < 0.5:
        more = r.choice(["{b} more come", "Then {b} more arrive", "{b} more arrive",
                         "Now {b} more come"])
        q = (f"There are {a} {thing} {place}. {cap(more.format(b=b))}. "
             f"How many {thing} are there now?")
        n = a + b
    else:
        a += b
        less = r.choice(["{b} leave", "Then {b} go away", "{b} go away", "Now {b} leave"])
        if thing in ("apples", "books"):
            less = r.choice(["I take {b}", "Then I take {b} away"])
        q = f"There are {a} {thing} {place}. {cap(less.format(b=b))}. How many {thing} are left?"
        n = a - b
    here = "are left" if q.endswith("left?") else "are there now"
    sentence = f"There are {n} {thing} now." if here != "are left" else f"{n} {thing} are left."
    if n == 1:
        single = {"children": "child"}.get(thing, thing[:-1])
        sentence = f"1 {single} is left."
    return Turn("word_problem", q, (sentence,), str(n))
