"""Shows that bin/new writes files that pass the checks, and refuses what it should."""

import os
import pathlib
import re
import shutil
import subprocess
import tempfile

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
GALLERY = "Sources/Apps/Gallery"
BUILT = ROOT / ".build" / "debug"


@pytest.fixture
def checkout(tmp_path):
    shutil.copytree(ROOT / "Sources", tmp_path / "Sources")
    return tmp_path


def new(checkout, *arguments):
    return subprocess.run(
        [ROOT / "bin" / "new", *arguments, "--root", checkout], text=True, capture_output=True, timeout=240)


def written(checkout, *arguments):
    result = new(checkout, *arguments)
    assert result.returncode == 0, result.stderr
    path, advice = result.stdout.split("\n", 1)
    assert advice.startswith("next: ")
    return checkout / path


def lint(checkout, *checks):
    return subprocess.run([ROOT / "bin" / "lint", *checks, "--root", checkout], text=True, capture_output=True)


def test_a_migration_gets_the_next_number_and_passes_once_it_is_filled_in(checkout):
    last = max((checkout / GALLERY / "Migrations").glob("*.sql")).name
    path = written(checkout, "migration", "create_stickers", "--app", "gallery")
    assert path.name == f"{int(last[:4]) + 1:04}_create_stickers.sql" and path.parent.name == "Migrations"
    unfinished = lint(checkout, "migrations").stdout
    assert all(f'the header lacks "{word}: …"' in unfinished for word in ("Why", "Locks", "Undo"))

    path.write_text(re.sub(r"^-- (\w+):$", r"-- \1: said.", path.read_text(), flags=re.MULTILINE))
    finished = lint(checkout, "migrations")
    assert finished.returncode == 0, finished.stdout
    following = written(checkout, "migration", "add_title_to_stickers", "--app", "Gallery")
    assert following.name == f"{int(last[:4]) + 2:04}_add_title_to_stickers.sql"
    assert "create table" not in following.read_text()


def test_postgresql_takes_the_table_of_a_migration(checkout, tmp_path):
    written(checkout, "migration", "create_stickers", "--app", "gallery")
    share = tmp_path / "share"
    shutil.copytree(ROOT / "share" / "templates", share / "templates")
    for app in (checkout / "Sources/Apps").glob("*/Migrations"):
        shutil.copytree(app, share / "migrations" / app.parent.name.lower())
    for part in (checkout / "Sources/Platform").glob("Artel*/Migrations"):
        shutil.copytree(part, share / "migrations" / part.parent.name.lower().removeprefix("artel"))
    data = tempfile.mkdtemp(prefix="artel-")
    # Started as root, the program becomes another user, who has to read this.
    readable = pathlib.Path(tempfile.mkdtemp(prefix="artel-"), "share")
    shutil.copytree(share, readable)
    os.chmod(readable.parent, 0o755)
    result = subprocess.run(
        [BUILT / "artel", "migrate", "--data", data], text=True, capture_output=True, timeout=600,
        env=os.environ | {"ARTEL_SHARE": str(readable)})
    assert result.returncode == 0, result.stderr
    assert "create_stickers.sql" in result.stdout + result.stderr
    shutil.rmtree(data)
    shutil.rmtree(readable.parent)


@pytest.mark.parametrize("app, name, home", [
    ("Gallery", "Post+Sharing", "Posts"), ("Accounts", "SetupLink+Listing", "Setup"),
    ("Accounts", "RefreshToken+Counting", "Sessions"),
])
def test_an_ability_goes_to_its_noun_and_compiles(checkout, app, name, home):
    path = written(checkout, "ability", name, "--app", app.lower())
    assert path == checkout / "Sources/Apps" / app / home / f"{name}.swift"
    assert subprocess.run(["swift", "format", "lint", "--strict", path]).returncode == 0
    assert lint(checkout, "sizes", "names", "swift").returncode == 0
    # The compiler needs the search paths of C modules of the build.
    includes = {f"-I{path.parent}" for path in (ROOT / "Sources/Platform").glob("*/module.modulemap")}
    includes |= {f"-I{path.parent}" for path in (ROOT / ".build/checkouts").glob("*/Sources/*/include/module.modulemap")}
    maps = {f"-Xcc=-fmodule-map-file={path}" for path in BUILT.glob("*.build/module.modulemap")}
    libraries = subprocess.run(
        ["pkg-config", "--cflags-only-I", "libpq", "vips"], text=True, capture_output=True, check=True).stdout.split()
    # The frontend checks the one file, with what it needs of the others.
    command = [
        "swiftc", "-frontend", "-typecheck", "-swift-version", "6", "-module-name", app, f"-I{BUILT / 'Modules'}", *includes]
    for flag in (*libraries, *(entry.removeprefix("-Xcc=") for entry in maps)):
        command += ["-Xcc", flag]
    others = set((checkout / "Sources/Apps" / app).rglob("*.swift")) - {path}
    result = subprocess.run(
        [*command, "-primary-file", path, *others], text=True, capture_output=True, timeout=1500)
    assert result.returncode == 0, result.stderr[-3000:]


def test_an_event_goes_to_the_contract_and_passes(checkout):
    path = written(checkout, "event", "AlbumWasShared", "--app", "gallery")
    assert path == checkout / "Sources/Contracts/GalleryContract/AlbumWasShared.swift"
    assert 'name = "gallery.album.shared"' in path.read_text()
    assert subprocess.run(["swift", "format", "lint", "--strict", path]).returncode == 0
    assert lint(checkout, "sizes", "names", "swift", "words").returncode == 0


def test_a_job_goes_to_its_app_and_passes(checkout):
    path = written(checkout, "job", "MakeThumbnails", "--app", "gallery")
    assert path == checkout / "Sources/Apps/Gallery/MakeThumbnails.swift"
    assert 'kind = "gallery.thumbnails.make"' in path.read_text()
    assert subprocess.run(["swift", "format", "lint", "--strict", path]).returncode == 0
    assert lint(checkout, "sizes", "names", "swift", "words").returncode == 0


# Each is written when its line is taken out of bin/new.
@pytest.mark.parametrize("reason, arguments", [
    ("no name for a migration", ["migration", "CreateAlbums", "--app", "gallery"]),
    ("no name for a migration", ["migration", "albums", "--app", "gallery"]),
    ("no name for a migration", ["migration", "../create_albums", "--app", "gallery"]),
    ("0002_create_posts.sql has that name", ["migration", "create_posts", "--app", "gallery"]),
    ("no name for an ability", ["ability", "Post", "--app", "gallery"]),
    ("no name for an ability", ["ability", "Post+Extensions", "--app", "gallery"]),
    ("Gallery has no row Sticker with a key", ["ability", "Sticker+Sharing", "--app", "gallery"]),
    ("Sources/Apps/Gallery/Posts/Post+Visibility.swift exists", ["ability", "Post+Visibility", "--app", "gallery"]),
    ("no app is called shop; there are accounts, admin, gallery, search", ["migration", "create_pens", "--app", "shop"]),
    ("no name for an event", ["event", "Shared", "--app", "gallery"]),
    ("no name for an event", ["event", "AlbumWas", "--app", "gallery"]),
    ("no name for an event", ["event", "album.shared", "--app", "gallery"]),
    ("PostEvents.swift exists", ["event", "PostEvents", "--app", "gallery"]),
    ("no name for a job", ["job", "Thumbnails", "--app", "gallery"]),
    ("no name for a job", ["job", "make_thumbnails", "--app", "gallery"]),
])
def test_a_refusal_says_why_and_writes_nothing(checkout, reason, arguments):
    before = sorted((path, path.stat().st_size) for path in checkout.rglob("*"))
    result = new(checkout, *arguments)
    assert result.returncode == 1
    assert reason in result.stderr and "nothing was written" in result.stderr
    assert sorted((path, path.stat().st_size) for path in checkout.rglob("*")) == before
