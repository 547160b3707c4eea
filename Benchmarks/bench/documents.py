"""Documents for the search comparison: Russian and English words as often as people use theirs."""

import datetime
import math
import random
import uuid

WORDS = 60_000
MEMBERS = 5_000

# The most common ones, to search for; the others are put together of syllables.
RUSSIAN = (
    "фотография море закат город дорога лес кошка собака небо зима лето весна осень музыка альбом гитара песня "
    "концерт урок курс вопрос ответ проект работа дом река гора снег дождь солнце друг семья праздник поезд мост"
).split()
ENGLISH = (
    "photo sea sunset city road forest cat dog sky winter summer spring autumn music album guitar song concert "
    "lesson course question answer project work house river mountain snow rain sun friend family holiday train bridge"
).split()
SYLLABLES = (
    ("б в г д ж з к л м н п р с т ф х ц ч ш бл гр др кр пр ст тр".split(), "аеиоуыяю",
     "а е и у ой ам ами ах ов ый ая ого ость ение ать ка ки".split()),
    ("b c d f g h j k l m n p r s t v w bl br cl cr dr fl gr pl pr st tr sh ch".split(), "aeiou",
     ["", "s", "ed", "ing", "er", "ly", "ness", "ion"]),
)

# One of each sort: common, less common, in few documents, two words, beginnings, slips of the fingers, nothing.
QUERIES = [
    "фотография ", "photo ", "курс ", "bridge ", "мост и река ", "photo sea ", "лес дорога ", "song concert ",
    "фотография урок курс ", "зимний закат ", "фотог", "пр", "con", "море ле", "фотогрфия ", "зкаат ", "musci ",
    "photo mountian ", "нетникогданигде ", "the и ",
]

STORE = """
create table drafts (app text, kind text, id uuid, owner_id uuid, title text, body text, audience text, created_at timestamptz);
copy drafts from '%(file)s';
truncate search.documents, search.words, search.eras;
insert into search.eras (generation, number, starts_at) values (0, 0, '-infinity');
update search.generations set state = 'idle', filling = filling + 2;
update search.generations set state = 'serving', filled_at = now() where number = 0;
insert into search.documents
select 0, id, app, kind, owner_id, title, body, '/posts/' || id, n / 4096, 1, created_at,
  setweight(named, 'A') || setweight(to_tsvector('search.stems', search.fold(body)), 'D'), named,
  array['era:' || n / 4096, 'app:' || app, 'kind:' || kind, 'by:' || owner_id, audience, 'member:' || owner_id]
from (select *, row_number() over (order by created_at) - 1 as n from drafts) numbered
cross join lateral (select to_tsvector('search.stems', search.fold(title)) as named) words
order by n;
insert into search.eras (generation, number, starts_at, documents_count)
select 0, era, min(created_at), count(*) from search.documents where era > 0 group by era;
insert into search.words (generation, word, lexeme, sightings)
select 0, word, lexeme, least(count, 1024) from (
  select word, (tsvector_to_array(to_tsvector('search.stems', word)))[1] as lexeme, count(*) as count
  from drafts cross join lateral regexp_split_to_table(search.fold(title || ' ' || body), ' ') as word
  where audience = 'public' and char_length(word) between 1 and 40 group by word
) said where lexeme is not null;
drop table drafts;
"""


def fill(cluster, folder, count):
    """Puts so many documents of five years into the index that serves."""
    file = folder / "documents.tsv"
    with open(file, "w", encoding="utf-8") as out:
        out.writelines(_lines(count))
    file.chmod(0o644)
    cluster.sql(STORE % {"file": file}, database="search")
    file.unlink()
    cluster.sql("vacuum (analyze) search.documents", database="search")
    cluster.sql("vacuum (analyze) search.words", database="search")
    cluster.sql("checkpoint", database="search")


def _lines(count):
    dice = random.Random(7)
    vocabulary = _vocabulary(dice)
    owners = [uuid.UUID(int=dice.getrandbits(128)) for _ in range(MEMBERS)]
    begin = datetime.datetime(2021, 1, 1)

    def text(length):
        # The word of rank r is picked with a chance of 1/r.
        return " ".join(vocabulary[int(math.exp(dice.random() * math.log(WORDS))) - 1] for _ in range(length))

    for number in range(count):
        app, kind = dice.choice([("gallery", "post")] * 9 + [("accounts", "member")])
        owner = dice.choice(owners)
        audience = "public" if dice.random() < 0.85 else f"member:{owner}"
        at = begin + datetime.timedelta(days=5 * 365 * number / count)
        identifier = uuid.UUID(int=dice.getrandbits(128))
        yield "\t".join([app, kind, str(identifier), str(owner), text(dice.randint(2, 7)).capitalize(),
                         text(dice.choice([10, 20, 40, 60])), audience, f"{at.isoformat()}Z"]) + "\n"


def _vocabulary(dice):
    words = dict.fromkeys(word for pair in zip(RUSSIAN, ENGLISH) for word in pair)
    while len(words) < WORDS:
        consonants, vowels, endings = SYLLABLES[dice.random() < 0.35]
        syllables = dice.choice([1, 2, 2, 3])
        stem = "".join(dice.choice(consonants) + dice.choice(vowels) for _ in range(syllables)) + dice.choice(consonants)
        words.update(dict.fromkeys(stem + ending for ending in dice.sample(endings, dice.randint(1, 3))))
    return list(words)[:WORDS]
