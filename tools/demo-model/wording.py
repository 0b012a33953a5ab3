"""Other ways to type the same question: reworded, with a greeting, without a question mark."""

import re

SMALL_FIRST = {"What", "What's", "Which", "Who", "Where", "When", "Why", "How", "Is", "Are", "Can",
               "Do", "Does", "Tell", "Name", "Count", "Explain", "Define", "Say", "Repeat", "Write",
               "Give", "Add", "Multiply", "Subtract", "Calculate", "List", "Divide",
               "Describe"}
IMPERATIVE = {"Tell", "Name", "Count", "Explain", "Define", "Say", "Write", "Give", "Add", "List",
              "Multiply", "Subtract", "Calculate", "Divide", "Describe"}
OPENINGS = ["Tell me, ", "Say, ", "Well, ", "Excuse me, ", "Can you tell me, ", "Now tell me, ",
            "I wonder, ", "Dear model, ", "Hmm, ", "And ", "Then ", "Please, "]
GREETINGS = ["Please tell me: ", "Hi! ", "Hello, ", "Hey, ", "Quick question: ", "So, ", "Now: ",
             "I have a question. ", "One more question: ", "OK, ", "Hello! "]
NOUN = re.compile(r"What is ((?:the|a|an|your) [^,?]+|\d[^,?]*|[A-Z][^,? ]*)\?$")
HOW = re.compile(r"How (does|do) (.+)\?$")


def small_first(q):
    return q[0].lower() + q[1:] if q.split()[0] in SMALL_FIRST else q


def reword(r, q):
    """Another wording with the same meaning, or the same one where no rule fits."""
    noun, how = NOUN.match(q), HOW.match(q)
    if noun and not q.endswith((" called?", " of?", " from?", " in?", " like?", " for?")):
        x = noun[1]
        return r.choice([f"What exactly is {x}?", f"Can you tell me what {x} is?",
                         f"Could you say what {x} is?", f"I would like to know what {x} is.",
                         f"Please tell me what {x} is.", f"What, please, is {x}?",
                         f"Could you please tell me what {x} is?", f"What is {x} then?",
                         f"I forgot what {x} is.", f"Remind me what {x} is."])
    if how and r.random() < 0.5:
        return f"How exactly {how[1]} {how[2]}?"
    if q.split()[0] in IMPERATIVE and q.endswith("."):
        polite = r.choice(["Could you {}?", "Can you {}?", "Please {}.", "Would you {}?",
                           "Could you please {}?", "I want you to {}.", "Would you please {}?"])
        return polite.format(small_first(q)[:-1])
    if q.endswith("?") and q.split()[0] in SMALL_FIRST:
        return r.choice(OPENINGS) + small_first(q)
    return q


def dress(r, q):
    """The question the way people type it."""
    x = r.random()
    if x < 0.06:
        q = r.choice(GREETINGS) + small_first(q)
    elif x < 0.09:
        q += r.choice([" Please.", " Thanks.", " Thank you."])
    if r.random() < 0.12:
        q = q.lower()
    if r.random() < 0.12:
        q = q.rstrip(".?!")
    return q
