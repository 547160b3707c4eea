import ArtelModel
import ArtelPostgres
import ArtelStorage
import ArtelTesting
import ArtelWeb
import Foundation
import GalleryContract
import HTTPTypes
import HummingbirdTesting
import Testing

@testable import Gallery

@Suite("The pages of albums")
struct AlbumPagesTests {
  @Test func `a member makes an album, puts a picture in and orders it without JavaScript`()
    async throws
  {
    let site = try await TestGallery.make()
    let posts = [
      try await site.post(by: Cast.ada, title: "Ice"),
      try await site.post(by: Cast.ada, title: "Smoke"),
    ]

    try await site.serve { client in
      let browser = TestBrowser(client, as: Cast.ada)
      let made = try await browser.submit(["name": "Winter"], from: "/albums/new")
      let path = try #require(made.headers[.location])
      let id = String(path.split(separator: "/")[1])
      for post in posts {
        _ = try await browser.submit(
          ["album": id],
          from: "/posts/\(post.id)",
          to: "/posts/\(post.id)/albums"
        )
      }
      let before = try await browser.get(path)
      _ = try await browser.submit(
        ["act": "later"],
        from: "\(path)/edit",
        to: "\(path)/posts/\(posts[0].id)"
      )
      let after = try await browser.get(path)

      #expect(before.text.order(of: "Ice", "Smoke"))
      #expect(after.text.order(of: "Smoke", "Ice"))
      #expect(try await browser.get("/members/ada/albums").text.contains("Winter"))
      #expect(try await client.send(.get, "/albums").text.contains("Winter"))
    }
  }

  @Test func `what is wrong with a new album is said beside its field, and the rest stays`()
    async throws
  {
    let site = try await TestGallery.make()

    try await site.serve { client in
      let browser = TestBrowser(client, as: Cast.ada)
      let answer = try await browser.submit(
        ["name": " ", "description": "Kept words", "visibility": "private"],
        from: "/albums/new"
      )

      #expect(answer.status == .unprocessableContent)
      #expect(answer.text.contains(#"aria-invalid="true""#))
      #expect(answer.text.contains("Kept words"))
    }
    #expect(try await Album.query.count(in: site.db) == 0)
  }

  @Test func `the edit page is for the owner alone`() async throws {
    let site = try await TestGallery.make()
    let album = try await site.album()

    try await site.serve { client async throws in
      let path = "/albums/\(album.id)/edit"
      #expect(try await TestBrowser(client, as: Cast.ada).get(path).status == .ok)
      #expect(try await TestBrowser(client, as: Cast.grace).get(path).status == .forbidden)
    }
  }

  @Test(arguments: ["/albums", "/members/ada/albums", "/api/albums?limit=100"])
  func `a list takes the same few statements, however long`(path: String) async throws {
    let site = try await TestGallery.make()
    for number in 0..<12 {
      let post = try await site.post(by: Cast.ada)
      _ = try await site.album("\(number)", with: [post])
    }

    try await site.serve { client in
      let answer = try await expectStatements(atMost: 7, atLeast: 5) {
        try await client.send(.get, path, headers: [.accept: "text/html"])
      }
      #expect(answer.status == .ok)
    }
  }
}

@Suite("The archive of an album")
struct AlbumDownloadTests {
  @Test func `holds its pictures in order, those that the caller sees`() async throws {
    let site = try await TestGallery.make()
    let moving = try await site.published(Sample.gif(), by: Cast.ada)
    let still = try await site.published(try await Sample.jpeg.value, by: Cast.ada)
    let hidden = try await site.published(Sample.gif(), by: Cast.ada, visibility: .private)
    let album = try await site.album("Зима / лёд", with: [still, hidden, moving])

    try await site.serve(.live) { client in
      let guests = try await client.send(.get, "/albums/\(album.id)/zip")
      let own = try await TestBrowser(client, as: Cast.ada).get("/albums/\(album.id)/zip")

      #expect(guests.headers[.contentType] == "application/zip")
      let name = "%D0%97%D0%B8%D0%BC%D0%B0%20%2F%20%D0%BB%D1%91%D0%B4.zip"
      #expect(guests.headers[.contentDisposition]?.contains(name) == true)
      let entries = try await entries(of: guests.bytes)
      let original = try await site.original(of: moving)
      #expect(entries.map(\.name) == ["0001.jpg", "0002.gif"])
      #expect(entries[1].content == original)
      #expect(try await self.entries(of: own.bytes).count == 3)
    }
  }

  @Test func `goes on without a picture that was deleted meanwhile`() async throws {
    let site = try await TestGallery.make()
    let gone = try await site.published(try await Sample.jpeg.value, by: Cast.ada)
    let here = try await site.published(Sample.gif(), by: Cast.ada)
    let album = try await site.album(with: [gone, here])
    let path = try await site.path(of: gone)
    try FileManager.default.removeItem(atPath: path)

    try await site.serve(.live) { client in
      let answer = try await client.send(.get, "/albums/\(album.id)/zip")
      #expect(try await entries(of: answer.bytes).map(\.name) == ["0002.gif"])
    }
  }

  @Test func `an empty album is an archive without files`() async throws {
    let site = try await TestGallery.make()
    let album = try await site.album()

    try await site.serve(.live) { client in
      let answer = try await client.send(.get, "/albums/\(album.id)/zip")
      #expect(try await entries(of: answer.bytes).isEmpty)
    }
  }

  @Test func `no title becomes a path or a name that disks refuse`() async throws {
    let site = try await TestGallery.make()
    func name(_ number: Int, _ title: String) -> String {
      let (post, picture) = site.rows(by: Cast.ada, title)
      return AlbumDownload.fileName(number, ShownPicture(picture: picture, post: post))
    }

    #expect(name(7, "../../etc/passwd") == "0007 .._.._etc_passwd.jpg")
    #expect(name(12, "") == "0012.jpg")
    #expect(name(1, String(repeating: "ё", count: 200)).utf8.count < 255)
  }

  private func entries(of bytes: [UInt8]) async throws -> [ZipReader.Entry] {
    let file = FileManager.default.temporaryDirectory.appending(path: "album-\(UUID()).zip")
    try Data(bytes).write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    return try await ZipReader.entries(ofFileAt: file.path())
  }
}

extension TestGallery {
  fileprivate func path(of post: Post) async throws -> String {
    let picture = try await Picture.find(post.coverID, in: db)
    let digest = try #require(Digest(bytes: picture.digest.bytes))
    return gallery.pictures.blobs.path(of: digest)
  }

  fileprivate func original(of post: Post) async throws -> Data {
    try Data(contentsOf: URL(filePath: try await path(of: post)))
  }
}

extension String {
  /// Whether both words stand in titles of tiles, one behind the other.
  fileprivate func order(of first: String, _ second: String) -> Bool {
    let titles = split(separator: "tile-link").dropFirst().map { $0.prefix(200) }
    guard let one = titles.firstIndex(where: { $0.contains(">\(first)<") }),
      let other = titles.firstIndex(where: { $0.contains(">\(second)<") })
    else { return false }
    return one < other
  }
}
