import Accounts
import AccountsContract
import ArtelConcurrency
import ArtelPictures
import ArtelTelemetry
import ArtelWeb
import Foundation
import Gallery

/// Fills an empty Artel with demo members and pictures, so that there is something to look at.
struct FillWithDemo: Sendable {
  let installation: Installation

  /// The password of every demo member.
  static let password = "three-quiet-otters"

  /// Does nothing when somebody has signed up already, unless an earlier fill was interrupted: then
  /// it adds what is missing.
  func fill() async throws {
    let isEmpty = try await installation.accounts.isEmpty()
    let isUnfinished = try await isUnfinished()
    guard isEmpty || isUnfinished else { return }
    try await beginFilling()
    if let authors = try await members(areNew: isEmpty) {
      try await showAvatars(of: authors)
      let posts = try await missingPosts(by: authors)
      say("demo: painting \(posts.count) pictures")
      try await publish(posts, by: authors)
      say(
        "demo: sign in as \(DemoContent.members[0].username) with the password \(FillWithDemo.password)"
      )
    }
    try await endFilling()
  }

  /// Made before the first member, removed after the last picture.
  private var mark: String { "\(installation.stage.settings.dataDirectory)/demo-unfinished" }

  private func isUnfinished() async throws -> Bool {
    try await installation.stage.pool.run { [mark] in FileManager.default.fileExists(atPath: mark) }
  }

  private func beginFilling() async throws {
    try await installation.stage.pool.run { [mark] in
      try Data().write(to: URL(fileURLWithPath: mark))
    }
  }

  private func endFilling() async throws {
    try await installation.stage.pool.run { [mark] in
      try FileManager.default.removeItem(atPath: mark)
    }
  }

  /// The demo members in their order; those an earlier fill made have the demo password.
  ///
  /// Nil when a name belongs to somebody who signed up since: no picture is posted in their name.
  private func members(areNew: Bool) async throws -> [MemberID]? {
    var ids: [MemberID] = []
    for member in DemoContent.members {
      if !areNew,
        let known = try await installation.accounts.memberID(
          username: member.username,
          password: FillWithDemo.password
        )
      {
        ids.append(known)
        continue
      }
      do {
        ids.append(
          try await installation.accounts.createMember(
            username: member.username,
            email: member.email,
            displayName: member.displayName,
            password: FillWithDemo.password
          )
        )
      } catch let problem as Problem where problem.kind == .validation {
        say("demo: left unfinished, as \(member.username) or \(member.email) is somebody else's")
        return nil
      }
    }
    return ids
  }

  /// Has most members show a picture; what an earlier fill did changes nothing.
  private func showAvatars(of members: [MemberID]) async throws {
    for (member, avatar) in zip(members, DemoContent.avatars) {
      guard let avatar else { continue }
      let path = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID()).jpg").path
      try await installation.workshop.paint(
        kind: Int(avatar.kind.rawValue),
        seed: avatar.seed,
        widthPixels: 600,
        heightPixels: 600,
        to: path
      )
      defer { try? FileManager.default.removeItem(atPath: path) }
      try await installation.accounts.changeAvatar(of: member, toFileAt: path)
    }
  }

  /// What is still to be posted, the oldest first.
  private func missingPosts(by authors: [MemberID]) async throws -> [DemoPost] {
    var titles: [Set<String>] = []
    for author in authors {
      titles.append(try await installation.gallery.titles(by: author))
    }
    return DemoContent.posts.reversed().filter { !titles[$0.author].contains($0.title) }
  }

  private func publish(_ posts: [DemoPost], by authors: [MemberID]) async throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "artel-demo-\(UUID())"
    )
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    // Two at a time: as many as there are picture workers.
    try await withThrowingTaskGroup(of: Void.self) { group in
      for (index, post) in posts.enumerated() {
        if index >= 2 { try await group.next() }
        group.addTask {
          try await publish(post, by: authors[post.author], in: folder)
        }
      }
      try await group.waitForAll()
    }
  }

  private func publish(_ post: DemoPost, by author: MemberID, in folder: URL) async throws {
    var paths: [String] = []
    for seed in [post.seed] + post.moreSeeds {
      let path = folder.appendingPathComponent("\(UUID()).jpg").path
      try await installation.workshop.paint(
        kind: Int(post.kind.rawValue),
        seed: seed,
        widthPixels: Int(post.format.widthPixels),
        heightPixels: Int(post.format.heightPixels),
        to: path
      )
      paths.append(path)
    }
    try await installation.gallery.publish(
      picturesAt: paths,
      alts: post.alts,
      title: post.title,
      description: post.description,
      isPublic: post.isPublic,
      tags: post.tags,
      views: post.views,
      by: author,
      at: Date(timeIntervalSinceNow: -3600 * Double(post.hoursAgo))
    )
    for path in paths { try FileManager.default.removeItem(atPath: path) }
  }

  private func say(_ text: String) {
    LineWriter.standardError.write("\(text)\n")
  }
}
