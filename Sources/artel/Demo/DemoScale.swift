import ArgumentParser

/// How large the crowd of `artel demo --scale` is.
struct DemoScale: Equatable {
  var members = 100_000
  var posts = 1_000_000
  var votes = 10_000_000

  /// Reads `members=…,posts=…,votes=…`, any of them; empty text says the defaults.
  ///
  /// - Throws: `ValidationError` naming what is wrong.
  init(_ text: String) throws {
    for part in text.split(separator: ",") {
      let pair = part.split(separator: "=", maxSplits: 1)
      guard pair.count == 2, let number = Int(pair[1]) else {
        throw ValidationError("--scale is not valid: name=number, not \(part)")
      }
      switch pair[0] {
      case "members": members = number
      case "posts": posts = number
      case "votes": votes = number
      default:
        throw ValidationError("--scale is not valid: members, posts and votes, not \(pair[0])")
      }
    }
    guard (10...1_000_000).contains(members) else {
      throw ValidationError("--scale is not valid: 10 to 1,000,000 members")
    }
    guard (10...10_000_000).contains(posts) else {
      throw ValidationError("--scale is not valid: 10 to 10,000,000 posts")
    }
    guard (0...posts * members / 4).contains(votes) else {
      throw ValidationError(
        "--scale is not valid: at most \(posts * members / 4) votes of so many members on so many posts"
      )
    }
  }
}
