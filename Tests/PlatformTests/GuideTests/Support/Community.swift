import ArtelModel
import ArtelPostgres
import ArtelTesting
import Foundation

/// A database of the test's own with some people, their posts and tags; the same in every example.
struct Community {
  private let test: TestDatabase
  let ada = Member(
    username: "ada",
    phone: "+79000000001",
    displayName: "Ada Lovelace",
    lastSeenAt: Community.moment(1)
  )
  let grace = Member(
    username: "grace",
    phone: "+79000000002",
    displayName: "Grace Hopper",
    lastSeenAt: Community.moment(2)
  )
  let linus = Member(
    username: "linus",
    phone: "+79000000003",
    displayName: "Linus Ada Torvalds",
    lastSeenAt: Community.moment(3)
  )
  let tea: Post
  let ships: Post
  let loops: Post
  let warm = Tag(name: "warm", slug: "warm", postCount: 1)
  let wet = Tag(name: "wet", slug: "wet", postCount: 12)

  /// Makes the database and enters them.
  init() async throws {
    tea = Post(
      authorID: ada.id,
      title: "Чай у моря",
      description: "Как заваривать",
      createdAt: Community.moment(0),
      updatedAt: Community.moment(0)
    )
    ships = Post(
      authorID: grace.id,
      title: "Корабли",
      description: "Чаепитие на палубе",
      createdAt: Community.moment(1),
      updatedAt: Community.moment(1)
    )
    loops = Post(
      authorID: ada.id,
      title: "Loops",
      isPublic: false,
      views: 7,
      createdAt: Community.moment(2),
      updatedAt: Community.moment(2)
    )
    let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    let migrations = tests.appending(path: "Community/Migrations").path
    test = try await TestDatabase.make(context: "community", migrations: migrations)
    try await test.insert(contentsOf: [ada, grace, linus])
    try await test.insert(contentsOf: [tea, ships, loops])
    try await test.insert(contentsOf: [warm, wet])
    try await test.insert(contentsOf: [
      PostTag(postID: tea.id, tagID: warm.id),
      PostTag(postID: tea.id, tagID: wet.id),
      PostTag(postID: ships.id, tagID: wet.id),
    ])
  }

  /// The database as apps get it.
  var db: Database { test.database }

  /// A moment some minutes after the beginning of the story.
  static func moment(_ minute: Int) -> Date {
    Date(timeIntervalSince1970: 1_700_000_000 + 60 * Double(minute))
  }
}
