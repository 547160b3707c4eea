import ArtelModel
import ArtelPostgres
import Testing

@Suite("Guide to queries: trees and documents")
struct MusicExamples {
  let here: Community
  let kino = Artist(
    name: "Кино",
    genres: ["Rock", "Post-punk"],
    links: JSONText(#"{"site": "https://example.org/kino"}"#)
  )
  let album: Album
  var db: Database { here.db }

  init() async throws {
    here = try await Community()
    album = Album(
      artistID: kino.id,
      title: "Группа крови",
      releasedOn: CalendarDay(year: 1988, month: 1, day: 5)
    )
    try await db.insert(kino)
    try await db.insert(Artist(name: "Браво", genres: ["Beat"]))
    try await db.insert(contentsOf: [album, Album(artistID: kino.id, title: "Черновики")])
    try await db.insert(
      contentsOf: ["Группа крови", "Закрой за мной дверь"].enumerated().map {
        Track(albumID: album.id, title: $1, number: $0 + 1, durationSeconds: 240)
      }
    )
  }

  @Test func `albums with their tracks`() async throws {
    let artist = kino.id
    let albums = try await example("children-of-children") {
      let albums = try await Album.where { $0.artistID == artist }
        .order { $0.releasedOn.descending.nullsLast }
        .including(Album.tracks.order { $0.number })
        .all(in: db)
      return albums
    }
    #expect(albums.map(\.0.title) == ["Группа крови", "Черновики"])
    #expect(albums.map { $0.1.map(\.number) } == [[1, 2], []])
  }

  @Test func `an artist of a genre`() async throws {
    let artists = try await example("array-contains") {
      let artists = try await Artist.where { $0.genres.contains("Rock") }.all(in: db)
      return artists
    }
    #expect(artists.map(\.name) == ["Кино"])
  }

  @Test func `a key inside a document`() async throws {
    let key = "site"
    let artists = try await example("json") {
      let artists = try await Artist.where("links ? \(key)").all(in: db)
      return artists
    }
    #expect(artists.map(\.name) == ["Кино"])
    let links = try artists[0].links.decode([String: String].self)
    #expect(links == ["site": "https://example.org/kino"])
  }

  @Test func `answers to a comment`() async throws {
    let question = try await db.insert(
      Comment(postID: here.tea.id, authorID: here.ada.id, body: "?")
    )
    let answer = try await db.insert(
      Comment(postID: here.tea.id, authorID: here.grace.id, parentID: question.id, body: "!")
    )
    let post = here.tea.id
    let threads = try await example("replies") {
      let threads = try await Comment.where { $0.postID == post && $0.parentID == nil }
        .order { $0.createdAt }
        .including(Comment.author, Comment.commentsAsParent.order { $0.createdAt })
        .all(in: db)
      return threads
    }
    #expect(threads.map(\.0) == [question] && threads.map(\.2) == [[answer]])
  }
}
