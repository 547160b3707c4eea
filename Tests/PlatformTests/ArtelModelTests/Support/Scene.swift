import ArtelModel
import ArtelPostgres
import ArtelTesting
import Foundation

/// Two members with three posts, two tags and some comments, the same in every test.
struct Scene {
  let ada = Member(username: "Ada", bio: "Counts", karma: 3)
  let grace = Member(username: "grace")
  let tea: Post
  let ships: Post
  let loops: Post
  let warm = Tag(name: "warm")
  let wet = Tag(name: "wet")

  init() {
    func moment(_ minute: Int) -> Date {
      Date(timeIntervalSince1970: 1_700_000_000 + 60 * Double(minute))
    }
    tea = Post(authorID: ada.id, title: "Tea", labels: ["hot"], createdAt: moment(0))
    ships = Post(
      authorID: grace.id,
      editorID: ada.id,
      title: "Ships",
      status: .inReview,
      views: 7,
      createdAt: moment(1)
    )
    loops = Post(authorID: ada.id, title: "Loops", isPublic: false, createdAt: moment(2))
  }

  static func entered(in db: TestDatabase) async throws -> Scene {
    let scene = Scene()
    try await db.database.transaction { tx in
      try await tx.insert(contentsOf: [scene.ada, scene.grace])
      try await tx.insert(contentsOf: [scene.tea, scene.ships, scene.loops])
      try await tx.insert(contentsOf: [scene.warm, scene.wet])
      try await tx.insert(contentsOf: [
        PostTag(postID: scene.tea.id, tagID: scene.warm.id),
        PostTag(postID: scene.tea.id, tagID: scene.wet.id),
        PostTag(postID: scene.ships.id, tagID: scene.wet.id),
      ])
    }
    return scene
  }
}
