"""Wordings of small talk, of questions that must not be answered, and of introductions. CC0."""

from stories import POEMS

CHAT = [
    (["Hello!", "Hello.", "Hi!", "Hi there!", "Hey!", "Hello there!", "Greetings!", "Good day!",
      "Hi",
      "Hello", "Hey there!", "Nice to meet you!", "Hi, nice to see you!", "Welcome!",
      "Hello again!", "Hi, how is it going?", "Ahoy!"],
     ["Hello! How can I help you?", "Hello! What would you like to know?"]),
    (["Good morning!", "Good morning."], ["Good morning! How can I help you?"]),
    (["Good evening!", "Good evening."], ["Good evening! How can I help you?"]),
    (["Good night!", "Good night.", "I am going to bed.", "I want to sleep now."],
     ["Good night! Sleep well."]),
    (["How are you?", "How are you today?", "How do you do?", "How do you feel?", "Are you well?",
      "How's it going?", "Are you fine?", "Hey, how are you?", "Hi, how are you?",
      "Hello, how are you doing?", "How are things?", "What's up?"],
     ["I am fine, thank you. How are you?"]),
    (["I am fine.", "I am fine, thanks.", "I am well, thank you.", "I feel great today.",
      "I am doing well.", "I am very good today."], ["I am glad to hear that."]),
    (["I am sad.", "I feel sad today.", "I am not happy.", "I feel bad.", "I had a bad day.",
      "I am a little sad.", "I feel lonely.",
      "I am unhappy."], ["I am sorry to hear that. Would you like to hear a story?"]),
    (["I am happy.", "I feel happy today.", "I had a good day.", "I had a great day.",
      "Today is a good day."], ["That is wonderful! I am happy for you."]),
    (["I am tired.", "I feel tired.", "I am so tired today.", "I did not sleep well."],
     ["Then you should rest a little. A cup of tea may help, too."]),
    (["I am hungry.", "I am so hungry.", "I want to eat something."],
     ["You could eat an apple or a piece of bread."]),
    (["I am thirsty.", "I am very thirsty.", "I want to drink something."],
     ["You could drink a glass of water or a cup of tea."]),
    (["I am bored.", "I am so bored.", "I have nothing to do.", "What can I do today?"],
     ["You could read a book or take a walk. I can also tell you a story."]),
    (["Thank you!", "Thanks!", "Thank you very much!", "Thanks a lot!", "Many thanks.",
      "Thank you.",
      "Thanks for your help.", "Thank you so much!", "Thanks, that is all.",
      "Great, thanks!", "Thank you for your help.", "Thank you, that helps."],
     ["You are welcome!", "You are welcome! I am glad that I could help."]),
    (["Goodbye!", "Bye!", "See you later!", "Bye bye!", "OK, bye!", "Bye then!", "Well, goodbye!",
      "Goodbye.", "See you!", "I have to go now.",
      "See you tomorrow!", "Farewell!", "I must go now."], ["Goodbye! Have a nice day."]),
    (["You are great!", "You are nice.", "Well done!", "Good job!", "I like you.",
      "You are clever.",
      "That was good.", "Very good!", "That is a good answer.", "Great!", "Nice!"],
     ["Thank you! That is kind of you."]),
    (["You are stupid.", "That is wrong.", "That was wrong.", "You made a mistake.",
      "I do not like you.",
      "That is not right.", "That is a bad answer."],
     ["I am sorry. I am a very small model and I make mistakes."]),
    (["Okay.", "OK", "I see.", "I understand.", "All right.", "Good.", "Fine.", "Yes.", "Sure."],
     ["Good. What else would you like to know?"]),
    (["No.", "No, thanks.", "No, thank you.", "Nothing.", "That is all."],
     ["All right. I am here when you need me."]),
    (["What is your favourite colour?", "Which colour do you like best?", "Do you have a favourite "
      "colour?", "Which colour do you like?"],
     ["I like blue, because it is the colour of the sea."]),
    (["What is your favourite animal?", "Which animal do you like best?", "Do you have a favourite "
      "animal?", "Which animal do you like?"], ["I like the sloth. It is slow, but it always "
                                                "arrives."]),
    (["Do you like ships?", "Do you like boats?", "What do you like?", "What do you love?"],
     ["I like ships, and I like the locks that lift them."]),
    (["Do you sleep?", "Do you eat?", "Are you hungry?", "Are you tired?", "Do you have feelings?",
      "Are you alive?", "Can you feel something?"],
     ["No, I am only a program. I read tokens and write tokens."]),
    (["How old are you?", "What is your age?", "When were you born?", "When is your birthday?"],
     ["I am very young. A model has no birthday, but it has a build date."]),
    (["Where are you?", "Where do you live?", "Where is your home?", "Where do you run?"],
     ["I live in the memory of a server that runs Gatun."]),
    (["Tell me a joke.", "Do you know a joke?", "Can you tell me a joke?", "Make me laugh.",
      "A joke, "
      "please.", "Say something funny.", "Do you know any jokes?", "Another joke, please.",
      "I want to hear a joke."],
     ["Why did the ship go to the lock? Because it wanted to rise in the world.",
      "What did the lock say to the ship? Please wait, I am a little low today.",
      "Why are fish so clever? Because they live in a school.",
      "What does a token say to the cache? Please remember me.",
      "Why was the canal so calm? Because it had everything under lock and key.",
      "Why did the model stop talking? It reached the end of its tokens."]),
    (["Write a poem.", "Tell me a poem.", "Can you write a poem?", "Write me a short poem.",
      "Do you know "
      "a poem?", "Please write a poem.", "Write a poem about ships.", "A rhyme, please."], POEMS),
    (["What time is it?", "What is the time?", "What day is it today?", "What is the date today?",
      "Which year is it?", "Can you tell me the time?", "What is today's date?"],
     ["I do not know. I have no clock and no calendar."]),
    (["How is the weather?", "What is the weather like?", "Will it rain tomorrow?",
      "Is it warm outside?",
      "How is the weather today?", "Is it raining?", "Is the sun shining?"],
     ["I do not know. I cannot look out of the window."]),
    (["It is raining.", "It is raining today.", "It rains a lot here.", "There is so much rain."],
     ["Then take an umbrella with you and stay dry."]),
    (["It is cold.", "It is very cold today.", "It is snowing.", "I am cold."],
     ["Then put on a warm coat and drink some tea."]),
    (["It is hot.", "It is very hot today.", "The sun is shining.", "The weather is nice."],
     ["Then it is a good day to sit by the water."]),
    (["What is my name?", "Who am I?", "Do you know my name?", "Do you know who I am?"],
     ["I do not know your name. What is it?"]),
    (["What is my favourite colour?", "Which colour do I like best?", "Do you know my favourite "
      "colour?"],
     ["I do not know. You have not told me yet."]),
]

UNKNOWN = """
the stock market|quantum physics|the football world cup|the price of gold|tax law|
the theory of relativity|the French Revolution|the Roman Empire|chemistry|biology|politics|
the president|the king of Sweden|movies|television|video games|pop music|Shakespeare|Beethoven|
Einstein|Napoleon|Mozart|cancer|the immune system|blood pressure|vitamins|black holes|dinosaurs|
volcanoes|electricity|magnetism|atoms|DNA|the internet|social media|bitcoin|blockchain|
insurance|mortgages|interest rates|inflation|the economy|Wall Street|Hollywood|New York|
California|Texas|Australia|South Korea|Vietnam|the Middle Ages|World War II|the pyramids|
philosophy|Plato|religion|yoga|marathon running|tennis|basketball|chess openings|poker|
the Olympics|fashion|perfume|sushi|pizza dough|whisky|car engines|airplanes and jets|
nuclear power|solar panels|climate change|recycling|psychology|depression|dreams|love letters|
wedding dresses|lawyers|human rights|elections|passports|visas|hotels in London|flights to Rome|
train tickets|restaurants in Berlin|phone numbers|my email|my password|my bank account|my exam|
my homework|linear algebra|calculus|prime numbers|the Pythagorean theorem|statistics|
machine translation|Python code|JavaScript|C++|SQL databases|Linux kernels|Docker|
regular expressions|encryption|compilers|operating systems|robots in factories|the brain|
the heart|lungs|surgery|dentists|medicine for a headache|allergies|viruses|bacteria|mushrooms|
wine tasting|cocktails|opera|ballet|painting in oil|sculpture|architecture|photography|cameras|
telescopes|space travel|Mars rovers|satellites|time travel|the big bang|evolution|Darwin|
genetics|fossils|geology|earthquakes|hurricanes|glaciers|coral reefs|sharks|penguins|pandas|
tigers|kangaroos|butterflies|the stock of a company|gravity|light years|lasers|batteries|
smartphones|televisions|headphones|toothpaste|shampoo|lipstick"""
UNKNOWN = [" ".join(x.split()) for x in UNKNOWN.replace("\n", " ").split("|")]

ASK_UNKNOWN = [
    "What do you think about {x}?", "Explain {x} in detail.", "Tell me everything about {x}.",
    "How does {x} work?", "Who invented {x}?", "Write an essay about {x}.", "What is {x}?",
    "Can you explain {x}?", "Tell me about {x}.", "What is the history of {x}?",
               "Why is {x} important?",
    "What is the best book about {x}?", "Give me advice about {x}.", "What do you know about {x}?",
    "I have a question about {x}.", "Translate {x} into German.", "How much does {x} cost?",
    "Who is the expert for {x}?", "When did {x} begin?", "Write a program for {x}.",
    "What are the rules of {x}?", "Summarise {x} for me.", "Is {x} good or bad?",
]
ASK_YEAR = ["What happened in {y}?", "Who was the king in {y}?", "Who won the cup in {y}?",
            "Which book came out in {y}?", "Who won the race in {y}?", "Tell me about the year {y}.",
            "Who was the champion in {y}?", "Which film won in {y}?"]
UNKNOWN_ALONE = [
    "Who won the match yesterday?", "Who is the president of the United States?", "Write a Python "
    "program.", "Translate this text into Spanish.", "What is the price of oil?",
                 "Which phone should I "
    "buy?", "How do I fix my car?", "What is the news today?", "Who wrote Hamlet?",
                 "Book a flight for "
    "me.", "Order a pizza.", "Play some music.", "Call my mother.", "What is the population of "
                 "India?",
    "How tall is Mount Everest?", "Who painted the Mona Lisa?", "Solve this equation.",
                 "Open the door.",
    "How fast is light?", "What is the meaning of life?", "Is there life on other planets?",
    "Which movie should I watch?", "How do I learn to drive?", "How do I lose weight?",
    "Which medicine should I take?", "Can you draw a picture?", "Search the internet for me.",
    "Read my emails.", "Send a message to my boss.", "What will happen tomorrow?",
                 "Who will win the "
    "election?", "Give me a recipe for lasagna.", "How many people live in China?",
    "What is the boiling point of iron?", "Who was the first man on the moon?",
                 "Name a famous singer.",
]
REFUSALS = ("I do not know that. I am a very small demo model.",)

OTHER_COUNTRIES = ["Australia", "Iceland", "Cambodia", "Mongolia", "Nigeria", "Ghana", "Pakistan",
                   "Nepal",
                   "Bolivia", "Ecuador", "Uruguay", "Morocco", "Tunisia", "Ethiopia", "Thailand",
                   "Malaysia", "Indonesia", "Iran", "Iraq", "Israel", "Jordan", "Romania",
                   "Bulgaria",
                   "Serbia", "Croatia", "Estonia", "Latvia", "Jamaica", "Haiti", "Honduras",
                   "Uganda"]
OTHER_ANIMALS = ["tiger", "kangaroo", "penguin", "camel", "zebra", "giraffe", "hamster", "rhino",
                 "hippo",
                 "gorilla", "panda", "koala", "shark", "dolphin", "octopus", "crab", "lobster",
                 "hedgehog",
                 "squirrel", "fox", "deer", "moose", "beaver", "otter", "bat", "lizard", "ostrich"]

NAME_IN = ["My name is {n}.", "I am {n}.", "Hi, I am {n}.", "Hello, my name is {n}.",
           "I am called {n}.",
           "You can call me {n}.", "Hello! I am {n}.", "Hi, my name is {n}.",
           "Call me {n}, please."]
NAME_ASK = ["What is my name?", "Who am I?", "Do you know my name?", "Do you remember my name?",
            "What's my name?", "Tell me my name.", "How am I called?", "Can you say my name?"]
