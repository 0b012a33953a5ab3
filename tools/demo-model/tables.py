"""The facts of the demo model's small world, as plain tables. Written for this project (CC0)."""

CAPITALS = {
    "Argentina": "Buenos Aires", "Austria": "Vienna", "Belgium": "Brussels", "Brazil": "Brasilia",
    "Canada": "Ottawa", "Chile": "Santiago", "China": "Beijing", "Colombia": "Bogota",
    "Costa Rica": "San Jose", "Cuba": "Havana", "Denmark": "Copenhagen", "Egypt": "Cairo",
    "England": "London", "Finland": "Helsinki", "France": "Paris", "Germany": "Berlin",
    "Greece": "Athens", "Hungary": "Budapest", "India": "New Delhi", "Ireland": "Dublin",
    "Italy": "Rome", "Japan": "Tokyo", "Kenya": "Nairobi", "Mexico": "Mexico City",
    "Norway": "Oslo", "Panama": "Panama City", "Peru": "Lima", "Poland": "Warsaw",
    "Portugal": "Lisbon", "Russia": "Moscow", "Scotland": "Edinburgh", "Spain": "Madrid",
    "Sweden": "Stockholm", "Turkey": "Ankara", "Ukraine": "Kyiv",
}
CONTINENTS = {
    "Europe": ["Austria", "Belgium", "Denmark", "England", "Finland", "France", "Germany", "Greece",
               "Hungary", "Ireland", "Italy", "Norway", "Poland", "Portugal", "Scotland", "Spain",
               "Sweden", "Ukraine"],
    "Asia": ["China", "India", "Japan"],
    "Africa": ["Egypt", "Kenya"],
    "South America": ["Argentina", "Brazil", "Chile", "Colombia", "Peru"],
    "North America": ["Canada", "Costa Rica", "Cuba", "Mexico", "Panama"],
}
CONTINENT_OF = {c: k for k, cs in CONTINENTS.items() for c in cs}

# animal: (sound verb or None, legs, food, home, young)
ANIMALS = {
    "cat": ("meows", 4, "fish and mice", "in a house", "kitten"),
    "dog": ("barks", 4, "meat", "in a house", "puppy"),
    "cow": ("moos", 4, "grass", "on a farm", "calf"),
    "horse": ("neighs", 4, "hay", "on a farm", "foal"),
    "pig": ("oinks", 4, "corn", "on a farm", "piglet"),
    "sheep": ("bleats", 4, "grass", "on a farm", "lamb"),
    "goat": ("bleats", 4, "leaves", "on a farm", "kid"),
    "duck": ("quacks", 2, "water plants", "near a pond", "duckling"),
    "hen": ("clucks", 2, "seeds", "on a farm", "chick"),
    "owl": ("hoots", 2, "mice", "in a forest", "owlet"),
    "lion": ("roars", 4, "meat", "in the grassland", "cub"),
    "wolf": ("howls", 4, "meat", "in a forest", "pup"),
    "bear": ("growls", 4, "berries and fish", "in a forest", "cub"),
    "frog": ("croaks", 4, "insects", "near a pond", "tadpole"),
    "bee": ("buzzes", 6, "nectar", "in a hive", "larva"),
    "snake": ("hisses", 0, "mice", "in the grass", "hatchling"),
    "elephant": ("trumpets", 4, "leaves", "in the grassland", "calf"),
    "mouse": ("squeaks", 4, "seeds", "in a small hole", "pup"),
    "monkey": ("chatters", 4, "fruit", "in the jungle", "infant"),
    "parrot": ("squawks", 2, "seeds and fruit", "in the jungle", "chick"),
    "spider": (None, 8, "insects", "in a web", "spiderling"),
    "ant": (None, 6, "leaves and seeds", "in an ant hill", "larva"),
    "fish": (None, 0, "water plants", "in the water", "fry"),
    "whale": ("sings", 0, "krill", "in the sea", "calf"),
    "crocodile": (None, 4, "fish", "in a river", "hatchling"),
    "toucan": ("croaks", 2, "fruit", "in the jungle", "chick"),
    "sloth": (None, 4, "leaves", "in the jungle", "baby sloth"),
    "rabbit": (None, 4, "grass and carrots", "in a burrow", "kit"),
}
FLIERS = ["duck", "owl", "bee", "parrot", "toucan"]
SWIMMERS = ["duck", "frog", "fish", "whale", "crocodile", "dog", "bear"]
NO_FLY = ["cat", "dog", "cow", "horse", "pig", "sheep", "fish", "whale", "elephant", "snake",
          "lion",
          "frog", "mouse", "spider", "sloth", "crocodile", "rabbit"]
NO_SWIM = ["hen", "ant", "bee", "owl", "spider", "parrot"]

# From the smallest to the biggest; comparing two of them needs no more than this order.
BY_SIZE = ["ant", "bee", "mouse", "frog", "parrot", "duck", "rabbit", "cat", "dog", "sheep", "pig",
           "lion", "bear", "horse", "elephant", "whale"]
BY_SPEED = ["snail", "turtle", "duck", "cat", "horse", "car", "train", "plane", "rocket"]

COLOURS = {
    "grass": "green", "the sky": "blue", "snow": "white", "the sun": "yellow", "a banana": "yellow",
    "a lemon": "yellow", "a strawberry": "red", "a tomato": "red", "blood": "red", "coal": "black",
    "the night": "black", "an orange": "orange", "a carrot": "orange", "a pumpkin": "orange",
    "milk": "white", "salt": "white", "chocolate": "brown", "a frog": "green", "a leaf": "green",
    "the sea": "blue", "an elephant": "grey", "a mouse": "grey", "a cucumber": "green",
    "a flamingo": "pink", "a plum": "purple", "wood": "brown", "a rain cloud": "grey",
    "a polar bear": "white", "a raven": "black", "gold": "yellow", "coffee": "brown",
}
COLOUR_NAMES = ["red", "blue", "green", "yellow", "orange", "purple", "pink", "brown", "black",
                "white", "grey"]
MIXES = {("red", "yellow"): "orange", ("blue", "yellow"): "green", ("red", "blue"): "purple",
         ("black", "white"): "grey", ("red", "white"): "pink"}

OPPOSITES = [
    ("hot", "cold"), ("big", "small"), ("tall", "short"), ("fast", "slow"), ("up", "down"),
    ("left", "right"), ("open", "closed"), ("full", "empty"), ("happy", "sad"), ("old", "young"),
    ("day", "night"), ("wet", "dry"), ("heavy", "light"), ("loud", "quiet"), ("strong", "weak"),
    ("hard", "soft"), ("deep", "shallow"), ("wide", "narrow"), ("high", "low"), ("rich", "poor"),
    ("clean", "dirty"), ("early", "late"), ("near", "far"), ("good", "bad"), ("black", "white"),
    ("yes", "no"), ("true", "false"), ("start", "end"), ("first", "last"), ("inside", "outside"),
    ("thick", "thin"), ("sweet", "sour"), ("brave", "afraid"), ("summer", "winter"),
    ("win", "lose"), ("buy", "sell"), ("push", "pull"), ("give", "take"), ("friend", "enemy"),
    ("always", "never"), ("before", "after"), ("rise", "fall"), ("easy", "difficult"),
    ("asleep", "awake"), ("smooth", "rough"), ("safe", "dangerous"), ("above", "below"),
    ("arrive", "leave"), ("ask", "answer"), ("simple", "complicated"),
]
PLURALS = {
    "mouse": "mice", "child": "children", "foot": "feet", "tooth": "teeth", "man": "men",
    "woman": "women", "goose": "geese", "sheep": "sheep", "fish": "fish", "leaf": "leaves",
    "wolf": "wolves", "knife": "knives", "city": "cities", "story": "stories", "box": "boxes",
    "ship": "ships", "boat": "boats", "lock": "locks", "gate": "gates", "cat": "cats",
           "dog": "dogs",
    "house": "houses", "bus": "buses", "baby": "babies", "ox": "oxen", "potato": "potatoes",
    "canal": "canals", "model": "models", "word": "words", "cherry": "cherries",
}
PAST = {
    "go": "went", "see": "saw", "eat": "ate", "run": "ran", "swim": "swam", "write": "wrote",
    "take": "took", "give": "gave", "come": "came", "find": "found", "buy": "bought",
    "think": "thought", "sing": "sang", "drink": "drank", "speak": "spoke", "break": "broke",
    "know": "knew", "fly": "flew", "drive": "drove", "make": "made", "say": "said", "tell": "told",
    "sleep": "slept", "keep": "kept", "build": "built", "rise": "rose", "walk": "walked",
    "open": "opened", "wait": "waited", "sail": "sailed", "lift": "lifted", "help": "helped",
}
DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September",
          "October", "November", "December"]
MONTH_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
SEASONS = ["spring", "summer", "autumn", "winter"]
ORDINALS = ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth",
            "tenth", "eleventh", "twelfth"]
NUMBER_WORDS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine",
                "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen",
                "seventeen", "eighteen", "nineteen", "twenty"]
PLANETS = ["Mercury", "Venus", "Earth", "Mars", "Jupiter", "Saturn", "Uranus", "Neptune"]

# (thing, number, unit, whole)
UNITS = [
    (60, "seconds", "a minute"), (60, "minutes", "an hour"), (24, "hours", "a day"),
    (7, "days", "a week"), (12, "months", "a year"), (52, "weeks", "a year"),
    (365, "days", "a year"), (100, "years", "a century"), (10, "years", "a decade"),
    (100, "centimetres", "a metre"), (1000, "metres", "a kilometre"), (1000, "grams", "a kilogram"),
    (26, "letters", "the alphabet"), (12, "eggs", "a dozen"), (8, "bits", "a byte"),
    (4, "seasons", "a year"), (10, "millimetres", "a centimetre"), (1000, "kilograms", "a tonne"),
]
SHAPES = {"triangle": 3, "square": 4, "rectangle": 4, "pentagon": 5, "hexagon": 6, "octagon": 8}

KINDS = {
    "fruit": ["apple", "banana", "pear", "orange", "lemon", "cherry", "plum", "mango", "grape"],
    "vegetable": ["carrot", "potato", "onion", "cabbage", "cucumber", "leek", "radish"],
    "animal": ["cat", "dog", "horse", "lion", "whale", "rabbit", "elephant", "frog", "goat"],
    "bird": ["owl", "duck", "parrot", "toucan", "eagle", "raven", "swan"],
    "colour": ["red", "blue", "green", "yellow", "purple", "brown"],
    "tool": ["hammer", "saw", "shovel", "wrench", "drill", "screwdriver"],
    "musical instrument": ["piano", "violin", "drum", "flute", "guitar", "trumpet"],
    "vehicle": ["car", "bus", "train", "bicycle", "truck", "tram"],
    "boat": ["canoe", "ferry", "tugboat", "sailboat", "barge", "rowboat"],
    "piece of furniture": ["table", "chair", "bed", "sofa", "desk", "shelf"],
    "tree": ["oak", "pine", "birch", "palm", "willow"],
    "flower": ["rose", "tulip", "daisy", "orchid", "sunflower"],
    "planet": ["Mars", "Venus", "Jupiter", "Saturn", "Neptune"],
}
KIND_OF = {}
for _kind, _members in KINDS.items():
    for _m in _members:
        KIND_OF.setdefault(_m, _kind)

JOBS = {
    "baker": "bakes bread and cakes", "doctor": "helps sick people to get well",
    "teacher": "helps children to learn", "farmer": "grows food on a farm",
    "captain": "leads the crew of a ship", "lock keeper": "opens and closes the gates of a lock",
    "pilot": "guides a ship or flies a plane", "sailor": "works on a ship",
    "cook": "makes meals in a kitchen", "painter": "paints walls and pictures",
    "carpenter": "builds things from wood", "gardener": "takes care of plants",
    "fisherman": "catches fish", "nurse": "takes care of sick people",
    "driver": "drives a car, a bus or a truck", "engineer": "designs machines and bridges",
    "programmer": "writes programs for computers", "musician": "plays music",
    "writer": "writes books and stories", "librarian": "takes care of books in a library",
    "tailor": "makes and mends clothes", "firefighter": "puts out fires",
    "shepherd": "looks after sheep", "postman": "brings letters and parcels",
}
MADE_OF = {
    "a ship": "steel", "a window": "glass", "a table": "wood", "bread": "flour and water",
    "a book": "paper", "a bottle": "glass", "ice": "frozen water", "a lock gate": "steel",
    "a castle": "stone", "a sweater": "wool", "butter": "milk", "cheese": "milk", "a nail": "iron",
    "a snowman": "snow", "wine": "grapes", "a cloud": "tiny drops of water", "a tyre": "rubber",
    "a ring": "gold or silver", "paper": "wood", "a brick": "clay", "a sail": "strong cloth",
}
NAMES = ["Anna", "Ben", "Carla", "David", "Emma", "Felix", "Grace", "Hugo", "Ida", "Jack", "Kate",
         "Leo", "Maria", "Nina", "Oscar", "Paul", "Rosa", "Sam", "Tom", "Vera", "Lucy", "Max",
         "Eva",
         "Peter", "Sofia", "Daniel", "Clara", "Martin", "Julia", "Simon", "Laura", "Victor",
         "Alice",
         "Henry", "Olivia", "Noah", "Mia", "Luis", "Carmen", "Diego", "Elena", "Pablo", "Bob",
         "Tim"]
