import Accounts
import AccountsContract
import ArtelPictures
import Foundation
import Gallery

/// Fills an empty Artel with demo members and pictures, so that there is something to look at.
struct FillWithDemo: Sendable {
  let installation: Installation

  /// The password of every demo member.
  static let password = "demo-artel"

  /// Does nothing when somebody has signed up already.
  func fill() async throws {
    guard try await installation.accounts.isEmpty() else { return }
    say("demo: painting \(DemoContent.posts.count) pictures")
    var members: [MemberID] = []
    for member in DemoContent.members {
      members.append(
        try await installation.accounts.createMember(
          username: member.username,
          email: member.email,
          displayName: member.displayName,
          password: FillWithDemo.password
        )
      )
    }
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "artel-demo-\(UUID())"
    )
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let authors = members
    // The oldest first, two at a time: as many as there are picture workers.
    try await withThrowingTaskGroup(of: Void.self) { group in
      for (index, post) in DemoContent.posts.reversed().enumerated() {
        if index >= 2 { try await group.next() }
        group.addTask {
          try await publish(post, by: authors[post.author], in: folder)
        }
      }
      try await group.waitForAll()
    }
    say(
      "demo: sign in as \(DemoContent.members[0].username) with the password \(FillWithDemo.password)"
    )
  }

  private func publish(_ post: DemoPost, by author: MemberID, in folder: URL) async throws {
    let path = folder.appendingPathComponent("\(UUID()).jpg").path
    try await installation.workshop.paint(
      kind: Int(post.kind.rawValue),
      seed: post.seed,
      widthPixels: Int(post.format.widthPixels),
      heightPixels: Int(post.format.heightPixels),
      to: path
    )
    try await installation.gallery.publish(
      pictureAt: path,
      title: post.title,
      description: post.description,
      isPublic: post.isPublic,
      views: post.views,
      by: author,
      at: Date(timeIntervalSinceNow: -3600 * Double(post.hoursAgo))
    )
    try FileManager.default.removeItem(atPath: path)
  }

  private func say(_ text: String) {
    FileHandle.standardError.write(Data("\(text)\n".utf8))
  }
}
