"""Prompts of the evaluation. PARAPHRASES are written by hand; corpus.py never draws them."""

from faq import DEFINITIONS, FAQ
from small_talk import CHAT, REFUSALS


def faq(wording):
    return tuple(a for w, a in FAQ if wording in w)


def chat(wording):
    return tuple(x for w, a in CHAT if wording in w for x in a)


def define(x):
    return (DEFINITIONS[x],)


PARAPHRASES = [
    ("Could you name the capital of Portugal?", ("The capital of Portugal is Lisbon.",)),
    ("Hello! Do you happen to know the capital of Japan?", ("The capital of Japan is Tokyo.",)),
    ("What city is the capital of Egypt?", ("The capital of Egypt is Cairo.",)),
    ("Please give me the capital of Norway.", ("The capital of Norway is Oslo.",)),
    ("France's capital?", ("The capital of France is Paris.",)),
    ("Which country does Madrid belong to?", ("Madrid is the capital of Spain.",)),
    ("Tell me which sound a cow makes.", ("A cow moos.",)),
    ("What kind of sound does a wolf make?", ("A wolf howls.",)),
    ("Could you tell me how many legs a spider has?", ("A spider has 8 legs.",)),
    ("How many legs are on a bee?", ("A bee has 6 legs.",)),
    ("What do you give a horse to eat?", ("A horse eats hay.",)),
    ("Which food does a toucan like?", ("A toucan eats fruit.",)),
    ("In what place does an owl live?", ("An owl lives in a forest.",)),
    ("What's a baby dog called?", ("A young dog is called a puppy.",)),
    ("What do people call a young sheep?", ("A young sheep is called a lamb.",)),
    ("Is it possible for a parrot to fly?", ("Yes, a parrot can fly.",)),
    ("So can a whale swim?", ("Yes, a whale can swim.",)),
    ("Between an ant and a lion, which is bigger?", ("A lion is bigger than an ant.",)),
    ("Which is the faster one, a car or a plane?", ("A plane is faster than a car.",)),
    ("What's the colour of the sky?", ("The sky is blue.",)),
    ("Please tell me what colour snow is.", ("Snow is white.",)),
    ("What colour does a banana have?", ("A banana is yellow.",)),
    ("I mix blue and yellow. What do I get?", ("If you mix blue and yellow, you get green.",)),
    ("Give me the opposite of hot.", ("The opposite of hot is cold.",)),
    ("What would be the opposite of early?", ("The opposite of early is late.",)),
    ("Please tell me the opposite of deep.", ("The opposite of deep is shallow.",)),
    ("What is the plural form of mouse?", ("The plural of mouse is mice.",)),
    ("Give me the plural of tooth.", ("The plural of tooth is teeth.",)),
    ("Give me the past tense of sing.", ("The past tense of sing is sang.",)),
    ("Which day comes right after Sunday?", ("Monday comes after Sunday.",)),
    ("Tomorrow is what day if today is Friday?", ("Saturday comes after Friday.",)),
    ("Which month is right before May?", ("April comes before May.",)),
    ("What number of days does June have?", ("June has 30 days.",)),
    ("How many minutes does one hour have?", ("There are 60 minutes in an hour.",)),
    ("Tell me how many days there are in a week.", ("There are 7 days in a week.",)),
    ("How many sides are there in a hexagon?", ("A hexagon has 6 sides.",)),
    ("Is an apple a kind of fruit?", ("Yes, an apple is a fruit.",)),
    ("What sort of thing would a violin be?", ("A violin is a musical instrument.",)),
    ("What does a baker do for a living?", ("A baker bakes bread and cakes.",)),
    ("What is it that a captain does?", ("A captain leads the crew of a ship.",)),
    ("What material is a window made of?", ("A window is made of glass.",)),
    ("Could you tell me what 7 plus 6 is?", ("7 plus 6 is 13.",)),
    ("Please add 9 and 4.", ("9 plus 4 is 13.",)),
    ("What is the result of 4 + 5?", ("4 plus 5 is 9.",)),
    ("Please calculate 15 - 7.", ("15 minus 7 is 8.",)),
    ("What is the result of 6 times 7?", ("6 times 7 is 42.",)),
    ("Could you count from 3 to 8 for me?", ("3, 4, 5, 6, 7, 8.",)),
    ("Which of the numbers is bigger, 14 or 4?", ("14 is bigger than 4.",)),
    ("Hello, who are you please?", faq("Who are you?")),
    ("Say, what are you exactly?", faq("Who are you?")),
    ("Could you tell me your name?", faq("What is your name?")),
    ("What things can you do for me?", faq("What can you do?")),
    ("Could you explain what KServe is?", define("KServe")),
    ("I have never heard of KServe. What is it?", define("KServe")),
    ("Please tell me what Gatun is.", define("Gatun")),
    ("What exactly is Gatun?", define("Gatun")),
    ("What exactly is a token?", define("a token")),
    ("Could you define latency?", define("latency")),
    ("Give me a definition of a lock.", define("a lock")),
    ("What do you call a lighthouse?", define("a lighthouse")),
    ("How exactly does a lock work?", faq("How does a lock work?")),
    ("Please explain how a lock works.", faq("How does a lock work?")),
    ("How does a ship rise in a lock?", faq("How does a lock work?")),
    ("In what year was the Panama Canal opened?", faq("When did the Panama Canal open?")),
    ("Tell me how long the Panama Canal is.", faq("How long is the Panama Canal?")),
    ("What programming language is Gatun written in?", faq("What is Gatun written in?")),
    ("Is a GPU needed for Gatun?", faq("Does Gatun need a GPU?")),
    ("What port is used by Gatun?", faq("Which port does Gatun use?")),
    ("Tell me why it rains.", faq("Why does it rain?")),
    ("How come ships float?", faq("Why do ships float?")),
    ("Hi, good to see you!", chat("Hello!")),
    ("Hey, how are you doing today?", chat("How are you?")),
    ("Thanks so much!", chat("Thanks!")),
    ("Okay, goodbye then!", chat("Goodbye!")),
    ("I feel a bit sad.", chat("I am sad.")),
    ("Do you have a joke for me?", chat("Tell me a joke.")),
    ("Who discovered penicillin?", REFUSALS),
    ("What do you think about Greek philosophy?", REFUSALS),
    ("Please write a Java program for sorting.", REFUSALS),
    ("How does a jet turbine work?", REFUSALS),
]


def user(*texts):
    return [("user", t) for t in texts]


CHATS = [
    user("Hello!"), user("Who are you?"), user("What is Gatun?"), user("What is KServe?"),
    user("How does a lock work?"), user("What is the KV cache?"), user("Tell me a joke."),
    user("Tell me a story about a lock keeper."), user("Tell me a story."),
    user("Write a short story about a ship."), user("Write a poem."),
    user("Name three animals."), user("Name the days of the week."),
    user("Who won the world cup in 1998?"), user("What is 348 plus 921?"),
    user("What is the capital of France?", "And of Italy?", "What is 7 times 8?", "Thank you!"),
    user("Hi, I am Marta.", "What is the opposite of wide?", "What is my name?", "Goodbye!"),
    user("I have a parrot called Zorro.", "Tell me a story about two animals.",
         "Another one, please.",
         "What is my parrot called?"),
    user("Why is Gatun called Gatun?", "How high do the Gatun Locks lift a ship?",
         "Where is the Panama Canal?", "That is a good answer."),
    [("system", "Answer in one word.")] + user("What is the capital of Spain?", "What is 6 plus 7?",
                                               "What colour is grass?"),
    [("system", "You are Rosa, a lock keeper at Gatun.")] + user("Who are you?",
                                                                 "What is your name?"),
    [("system", "You are a helpful assistant.")] + user("There are 5 ships in the lake. 4 more "
                                                        "arrive. "
                                                        "How many ships are there now?"),
]
PLAIN = ["Once upon a time", "One gate, two gates,", "A lock is"]
