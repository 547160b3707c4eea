import Accounts
import AccountsContract
import ArtelPictures
import ArtelTelemetry
import Foundation
import Gallery

/// Fills an Artel with a crowd and what it did, so that there is something to measure.
struct FillAtScale: Sendable {
  let installation: Installation
  let scale: DemoScale
  /// Whether members who are neither of the crowd nor of the demo are no obstacle.
  let isForced: Bool

  /// Why nothing was made.
  enum Refusal: Error, CustomStringConvertible {
    /// Somebody has signed up.
    case strangers
    /// There is a crowd of another size.
    case otherCrowd(count: Int)

    var description: String {
      switch self {
      case .strangers:
        "people have signed up here: use an empty data directory, or --force to put a crowd among them"
      case .otherCrowd(let count):
        "there is a crowd of \(count) members here: members=\(count) goes on with it, and an empty data "
          + "directory starts anew"
      }
    }
  }

  /// Does nothing to what is there: each app makes all of its rows or none, and what an interrupted
  /// fill left out is made by the next one.
  func fill() async throws {
    let (accounts, gallery) = (installation.accounts, installation.gallery)
    if !isForced, try await accounts.hasStrangers() { throw Refusal.strangers }
    let present = try await accounts.crowdCount()
    guard present == 0 || present == scale.members else {
      throw Refusal.otherCrowd(count: present)
    }
    if present == 0 {
      say("\(scale.members) accounts")
      try await accounts.makeCrowd(scale.members, password: FillWithDemo.password, at: Date())
    }
    let crowd = try await accounts.crowd()
    guard try await !gallery.hasPosts(of: crowd) else {
      say("the crowd is here already; an empty data directory starts anew")
      return
    }
    try await makePosts(of: crowd)
    let password = FillWithDemo.password
    say("done; sign in as crowd1, or as the moderator crowd2, with the password \(password)")
    say("`artel search rebuild` has them found by searches, too")
  }

  private func makePosts(of crowd: [MemberCard]) async throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "artel-demo-\(UUID())"
    )
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    say("\(scale.posts) posts, \(scale.votes) votes")
    let paths = try await paint(in: folder)
    let accounts = installation.accounts
    try await installation.gallery.makeCrowd(
      Gallery.CrowdSize(posts: scale.posts, votes: scale.votes),
      of: crowd,
      follows: { try await accounts.follows(after: $0, limit: 20_000) },
      picturesAt: paths,
      at: Date(),
      progress: { say("  \($0)") }
    )
  }

  /// One picture of each kind that the demo has.
  private func paint(in folder: URL) async throws -> [String] {
    var paths: [String] = []
    for kind in 0..<12 {
      let path = folder.appendingPathComponent("\(kind).jpg").path
      try await installation.workshop.paint(
        kind: kind,
        seed: UInt64(kind),
        widthPixels: 1200,
        heightPixels: 800,
        to: path
      )
      paths.append(path)
    }
    return paths
  }

  private func say(_ text: String) {
    LineWriter.standardError.write("demo: \(text)\n")
  }
}
