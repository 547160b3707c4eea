import Accounts
import AccountsContract
import ArtelImports
import Foundation
import Gallery

/// The rows of each table, in the columns that ``ImagehostTables`` asks for.
extension ImportImagehost {
  func members(_ rows: [ForeignRow]) async throws -> ImportTally {
    let people = rows.compactMap { row in
      row.id(0).map { id in
        MemberToImport(
          id: id,
          username: row.text(1) ?? "",
          email: row.text(2) ?? "",
          passwordHash: row.text(3) ?? "",
          bio: row.text(4) ?? "",
          isVerified: row.boolean(5) ?? false,
          createdAt: row.time(6),
          updatedAt: row.time(7)
        )
      }
    }
    return try await accounts.importMembers(people)
  }

  func follows(_ rows: [ForeignRow]) async throws -> ImportTally {
    var tally = ImportTally()
    var follows: [FollowToImport] = []
    for row in rows {
      guard let id = row.id(0) else { continue }
      guard let follower = row.id(1), let following = row.id(2) else {
        tally.refuse(.follow, id, "member_missing")
        continue
      }
      follows.append(
        FollowToImport(id: id, follower: follower, following: following, createdAt: row.time(3))
      )
    }
    return tally.adding(try await accounts.importFollows(follows))
  }

  func avatars(_ rows: [ForeignRow]) async throws -> ImportTally {
    var tally = ImportTally()
    let known = try await accounts.importedAvatars(rows.compactMap { $0.id(0) })
    for row in rows {
      guard let id = row.id(0), let address = row.text(1) else { continue }
      guard !known.contains(id) else {
        tally.known += 1
        continue
      }
      do {
        let file = try await files.file(at: address)
        defer { file.remove() }
        tally = tally.adding(try await accounts.importAvatar(of: id, fileAt: file.path))
      } catch let refusal as ImportFiles.Refusal {
        tally.refuse(.avatar, id, refusal.reason, address)
      }
    }
    return tally
  }

  func tags(_ rows: [ForeignRow]) async throws -> ImportTally {
    try await gallery.importTags(
      rows.compactMap { row in
        row.id(0).map { TagToImport(id: $0, name: row.text(1) ?? "") }
      }
    )
  }

  func posts(_ rows: [ForeignRow]) async throws -> ImportTally {
    var tally = ImportTally()
    let known = try await gallery.importedPosts(rows.compactMap { $0.id(0) })
    let authors = try await accounts.importedMembers(rows.compactMap { $0.id(1) })
    var posts: [PostToImport] = []
    var fetched: [ImportFiles.Found] = []
    defer { for file in fetched { file.remove() } }
    for row in rows {
      guard let id = row.id(0) else { continue }
      guard !known.contains(id) else {
        tally.known += 1
        continue
      }
      guard let author = row.id(1).flatMap({ authors[$0] }) else {
        tally.refuse(.post, id, "member_missing", row.text(1) ?? "")
        continue
      }
      do {
        let file = try await files.file(at: row.text(2) ?? "")
        fetched.append(file)
        posts.append(post(row, id, by: author, fileAt: file.path, &tally))
      } catch let refusal as ImportFiles.Refusal {
        tally.refuse(.post, id, refusal.reason, row.text(2) ?? "")
      }
    }
    return tally.adding(try await gallery.importPosts(posts))
  }

  private func post(
    _ row: ForeignRow,
    _ id: ForeignID,
    by author: MemberID,
    fileAt path: String,
    _ tally: inout ImportTally
  ) -> PostToImport {
    // What nobody has decided is shown to nobody.
    if row.boolean(6) == nil { tally.change(.post, id, "visibility_unknown", row.text(3) ?? "") }
    return PostToImport(
      id: id,
      author: author,
      path: path,
      title: row.text(3) ?? "",
      description: row.text(4) ?? "",
      views: row.number(5) ?? 0,
      isPublic: row.boolean(6) ?? false,
      tags: row.ids(9),
      createdAt: row.time(7),
      updatedAt: row.time(8)
    )
  }

  func comments(_ rows: [ForeignRow]) async throws -> ImportTally {
    var tally = ImportTally()
    let authors = try await accounts.importedMembers(rows.compactMap { $0.id(2) })
    var comments: [CommentToImport] = []
    for row in rows {
      guard let id = row.id(0) else { continue }
      guard let author = row.id(2).flatMap({ authors[$0] }) else {
        tally.refuse(.comment, id, "member_missing", row.text(2) ?? "")
        continue
      }
      guard let post = row.id(1) else {
        tally.refuse(.comment, id, "post_missing")
        continue
      }
      comments.append(
        CommentToImport(
          id: id,
          post: post,
          author: author,
          text: row.text(3) ?? "",
          createdAt: row.time(4),
          updatedAt: row.time(5)
        )
      )
    }
    return tally.adding(try await gallery.importComments(comments))
  }

  func votes(_ rows: [ForeignRow]) async throws -> ImportTally {
    var tally = ImportTally()
    let members = try await accounts.importedMembers(rows.compactMap { $0.id(1) })
    var votes: [VoteToImport] = []
    for row in rows {
      guard let id = row.id(0) else { continue }
      guard let member = row.id(1).flatMap({ members[$0] }) else {
        tally.refuse(.vote, id, "member_missing", row.text(1) ?? "")
        continue
      }
      guard let type = row.text(4), ["upvote", "downvote"].contains(type) else {
        tally.refuse(.vote, id, "type_unknown", row.text(4) ?? "")
        continue
      }
      votes.append(
        VoteToImport(
          id: id,
          member: member,
          post: row.id(2),
          comment: row.id(3),
          isUpvote: type == "upvote",
          createdAt: row.time(5),
          updatedAt: row.time(6)
        )
      )
    }
    return tally.adding(try await gallery.importVotes(votes))
  }

  func albums(_ rows: [ForeignRow]) async throws -> ImportTally {
    var tally = ImportTally()
    let owners = try await accounts.importedMembers(rows.compactMap { $0.id(1) })
    var albums: [AlbumToImport] = []
    for row in rows {
      guard let id = row.id(0) else { continue }
      guard let owner = row.id(1).flatMap({ owners[$0] }) else {
        tally.refuse(.album, id, "member_missing", row.text(1) ?? "")
        continue
      }
      if row.boolean(4) == nil { tally.change(.album, id, "visibility_unknown", row.text(2) ?? "") }
      albums.append(
        AlbumToImport(
          id: id,
          owner: owner,
          name: row.text(2) ?? "",
          description: row.text(3) ?? "",
          isPublic: row.boolean(4) ?? false,
          createdAt: row.time(5),
          updatedAt: row.time(6)
        )
      )
    }
    return tally.adding(try await gallery.importAlbums(albums))
  }

  func albumPosts(_ rows: [ForeignRow]) async throws -> ImportTally {
    try await gallery.importAlbumPosts(
      rows.compactMap { row in
        guard let id = row.id(0), let album = row.id(1), let post = row.id(2) else { return nil }
        return AlbumPostToImport(
          id: id,
          album: album,
          post: post,
          isCover: row.boolean(3) ?? false
        )
      }
    )
  }
}
