"""Short stories about a lock keeper, ships and animals, put together from consistent parts. CC0."""

from tables import NAMES
from topics import an, cap

SHIPS = [("a little tugboat", "tugboat"), ("a long cargo ship", "ship"), ("a white sailboat",
                                                                          "sailboat"),
         ("an old fishing boat", "boat"), ("a big ferry", "ferry"), ("a red steamer", "steamer"),
         ("a small blue boat", "boat"), ("a heavy barge", "barge")]
CARGO = ["bananas", "coffee", "apples", "wood", "books", "toys", "oranges", "rice", "flowers",
         "cheese"]
PETS = ["cat", "dog", "parrot", "monkey", "goat", "duck", "toucan", "sloth"]
TRAITS = ["kind", "patient", "cheerful", "careful", "friendly", "quiet", "brave", "clever"]
WEATHER = ["The sun was shining and the water was calm.", "It was a foggy morning.",
           "A warm wind came from the sea.", "It was raining, and the lake was grey.",
           "The morning was cool and clear.", "There were dark clouds over the lake."]


def lock_story(r):
    """A ship has a small trouble at the lock; the keeper solves it; it ends well."""
    keeper, captain = r.sample(NAMES, 2)
    she = keeper in FEMALE
    pro, pos, obj = ("she", "her", "her") if she else ("he", "his", "him")
    full, ship = r.choice(SHIPS)
    goods, pet, trait = r.choice(CARGO), r.choice(PETS), r.choice(TRAITS)
    start = r.choice([
        f"Once upon a time there was {an(trait)} lock keeper in Gatun. {cap(pos)} name was "
                      f"{keeper}.",
        f"{keeper} was {an(trait)} lock keeper who lived in a small house near the Gatun Locks.",
        f"Long ago, {an(trait)} lock keeper called {keeper} worked at the Gatun Locks.",
        f"In Gatun there lived {an(trait)} lock keeper. People called {obj} {keeper}.",
    ])
    day = r.choice([f"One day {full} came to the lock. It was full of {goods}.",
                    f"One morning {full} arrived with a load of {goods}.",
                    f"One evening {full} full of {goods} stopped in front of the gates.",
                    f"On Monday {full} came across the lake. It carried {goods}."])
    trouble, help_ = r.choice([
        (f"The captain, {captain}, was afraid, because the {ship} had never been in a lock before.",
         f"\"Do not worry,\" said {keeper}. \"The water will lift you slowly.\" {cap(pro)} closed "
         f"the gates, and the {ship} rose like a feather."),
        ("But the gate did not open, because a branch was stuck in it.",
         f"{keeper} took a long hook and pulled the branch out of the water. "
         "Then the gate opened."),
        (f"But it was so dark that captain {captain} could not see the gates.",
         f"{keeper} took a lamp and walked along the wall. The {ship} followed the light."),
        (f"Captain {captain} was in a hurry and wanted to be the first in the line.",
         f"\"Everyone has to wait for a turn,\" said {keeper}. {cap(pro)} gave the captain a cup "
         f"of tea, and soon the way was free."),
        (f"Suddenly the {pet} of the captain fell into the water.",
         f"{keeper} threw a rope and pulled the {pet} out. It was wet, but it was safe."),
        ("There were already two ships waiting, and the lock was small.",
         f"{keeper} had an idea. {cap(pro)} put the small ships side by side, and all of them went "
         f"up together."),
        (f"The engine of the {ship} stopped, and captain {captain} did not know what to do.",
         f"{keeper} called the little mules on the rails. "
         f"They pulled the {ship} through the lock."),
        (f"The {ship} was lost, and captain {captain} had no map.",
         f"{keeper} drew a map on a piece of paper and showed the way to the sea."),
    ])
    end = r.choice([
        f"{captain} thanked {keeper} and gave {obj} a box of {goods}.",
        f"The {ship} sailed on to the Pacific Ocean, and {keeper} waved for a long time.",
        f"That night {keeper} slept well, because it had been a good day.",
        f"From that day on, {keeper} and {captain} were friends.",
        f"Everybody was happy, and {keeper} wrote it all down in {pos} book.",
        f"\"Come back soon!\" called {keeper}, and the {ship} blew its horn.",
    ])
    parts = [start, r.choice(WEATHER), day, trouble, help_, end]
    if r.random() < 0.4:
        parts.pop(1)
    return " ".join(parts)


def animal_story(r):
    """An animal meets another one, asks for help, and they become friends."""
    a, b = r.sample(["cat", "dog", "duck", "frog", "mouse", "rabbit", "bear", "owl", "goat",
                     "sloth",
                     "toucan", "monkey", "elephant", "parrot"], 2)
    place = r.choice(["near the lake", "in the forest", "close to the locks", "by the river",
                      "on a farm",
                      "on an old ship"])
    size = r.choice(["little", "young", "old", "clever", "lazy", "hungry", "shy"])
    start = r.choice([f"Once upon a time there was {an(size)} {a} that lived {place}.",
                      f"There was once {an(size)} {a}. It lived {place}.",
                      f"{cap(an(size))} {a} lived {place}."])
    middle = r.choice([
        f"Every day it watched the ships go up and down. \"I want to travel too,\" said the {a}. "
                       f"One day "
        f"it met {an(b)}. \"Come with me,\" said the {b}, \"there is a place for two on this "
                       f"ship.\"",
        f"One day it could not find any food. It met {an(b)} and asked for help. The {b} shared "
                       f"its lunch "
        f"with the {a}.",
        f"One night there was a big storm, and the {a} was afraid. {cap(an(b))} heard it and came. "
                       f"\"You "
        f"can stay with me,\" said the {b}.",
        f"One morning it fell into the canal. {cap(an(b))} saw it and held out a stick. Slowly the "
                       f"{a} "
        f"climbed out of the water.",
        f"It had no friends and felt lonely. Then {an(b)} came and asked, \"Do you want to play "
                       f"with "
        f"me?\" The {a} said yes at once.",
        f"One day it found a golden key. \"Whose key is this?\" asked the {a}. \"It is mine,\" "
                       f"said "
        f"{an(b)}. \"Thank you! I looked for it all day.\"",
    ])
    end = r.choice([f"Since then the {a} and the {b} are best friends.",
                    f"The {a} was happy and thanked the {b}.",
                    f"From that day on, the {a} and the {b} did everything together.",
                    f"In the evening the {a} and the {b} sat by the water "
                    f"and looked at the stars."])
    return f"{start} {middle} {end}"


def ship_story(r):
    """A ship wants something and learns something."""
    full, ship = r.choice(SHIPS)
    name = r.choice(["Stella", "Aurora", "Luna", "Victoria", "Esperanza", "Bella", "Albatross",
                     "Marina"])
    captain = r.choice(NAMES)
    start = r.choice([f"There was once {full} called {name}.", f"{name} was {full}.",
                      f"Once upon a time {full} called {name} lived in a quiet harbour."])
    wish, way = r.choice([
        (f"{name} wanted to see the other ocean.",
         f"So captain {captain} sailed to the Gatun Locks. Step by step the water lifted the "
         f"{ship}, three times in all."),
        (f"{name} was slow, and the other ships laughed.",
         f"But one day a big ship lost its way in the fog. {name} knew every stone of the lake and "
         f"led it to the lock."),
        (f"{name} was afraid of the high gates.",
         f"\"The gates are your friends,\" said captain {captain}. \"They hold the water for "
         f"you.\" Then {name} went in, and nothing bad happened."),
        (f"{name} was old and had to stay in the harbour.",
         f"Then captain {captain} painted the {ship} and repaired the engine. Soon {name} could "
         f"sail again."),
    ])
    end = r.choice([f"On the other side the sea was wide and blue, and {name} was proud.",
                    f"Now {name} sails through the canal every week.",
                    f"That evening {name} rested in the harbour and was happy.",
                    f"And all the ships in the harbour blew their horns for {name}."])
    return f"{start} {wish} {way} {end}"


FEMALE = {"Anna", "Carla", "Emma", "Grace", "Ida", "Kate", "Maria", "Nina", "Rosa", "Vera", "Lucy",
          "Eva",
          "Sofia", "Clara", "Julia", "Laura", "Alice", "Olivia", "Mia", "Carmen", "Elena"}
ASK = ["I want to hear a story.", "A story, please.", "Can I hear a story?", "Tell me a story.",
       "Can you tell me a story?", "Please tell me a story.",
       "Tell me a short story.",
       "I would like to hear a story.", "Do you know a story?", "Write a short story.",
       "Write a story.",
       "Tell me something nice.", "Make up a story.", "Can you write a short story?"]
ABOUT = ["Tell me a story about {x}.", "Write a story about {x}.", "Can you tell me a story about "
         "{x}?",
         "I would like a story about {x}.", "Tell me a short story about {x}.",
         "Please write a short story about {x}.", "Do you know a story about {x}?"]
KINDS = [(lock_story, ["a lock keeper", "the lock keeper", "Gatun", "a lock", "a canal",
                       "the locks"]),
         (animal_story, ["an animal", "animals", "two animals", "friends", "two friends"]),
         (ship_story, ["a ship", "a boat", "ships", "a captain", "the sea"])]

POEMS = [
    "The gates swing wide, the water is deep,\nthe lake is quiet, the hills are asleep.\n"
    "A ship comes slowly out of the night,\nand up it goes into the light.",
    "A little ship upon the sea\nwas looking for a place to be.\n"
    "It found a lock, it found a friend,\nand that is how my words must end.",
    "One gate, two gates, three in a row,\nup and up the big ships go.\n"
    "Down and down on the other side,\nout to the ocean, blue and wide.",
    "The rain falls soft on lake and lock,\nthe keeper listens to the clock.\n"
    "A horn is calling from the bay:\ngood night, good ship, be on your way.",
    "I am a model, very small,\nI do not know so much at all.\n"
    "But ask me for a rhyme or two,\nand I will write them down for you.",
]
