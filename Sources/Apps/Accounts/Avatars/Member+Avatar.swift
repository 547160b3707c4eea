public import AccountsContract
import ArtelConcurrency
import ArtelEvents
public import ArtelIdentifiers
import ArtelJobs
import ArtelModel
import ArtelPictures
import ArtelPostgres
import ArtelStorage
import ArtelUploads
import ArtelWeb
import FoundationEssentials
import Hummingbird

/// The files of a picture that a member shows, by their digests.
struct AvatarFiles: Hashable, Sendable {
  let small: Bytea
  let medium: Bytea
  let large: Bytea

  /// All of them, by the side of their square in pixels.
  var bySide: [Int: Bytea] { Dictionary(uniqueKeysWithValues: zip(MemberAvatar.sidesPixels, all)) }

  var all: [Bytea] { [small, medium, large] }
}

extension AvatarFiles {
  /// The files of copies, smallest first; nil unless there are as many as sizes.
  init?(_ digests: [Bytea]) {
    guard digests.count == MemberAvatar.sidesPixels.count else { return nil }
    self.init(small: digests[0], medium: digests[1], large: digests[2])
  }
}

extension MemberAvatar {
  /// The picture whose largest file has this digest; nil for nil.
  init?(of member: MemberID, large: Bytea?) {
    guard let digest = large.flatMap({ Digest(bytes: $0.bytes) }) else { return nil }
    self.init(of: member, key: digest.hex)
  }
}

extension SquarePicture {
  /// The sizes of a member's picture; nil for nil.
  init?(_ avatar: MemberAvatar?) {
    guard let avatar else { return nil }
    self.init(avatar.squares)
  }
}

extension Member {
  /// The files of the picture that the member shows; nil without one.
  var avatarFiles: AvatarFiles? {
    AvatarFiles([avatarSmall, avatarMedium, avatarLarge].compactMap(\.self))
  }

  /// What names the picture in its addresses; nil without one.
  var avatarKey: String? { avatarLarge.flatMap { Digest(bytes: $0.bytes)?.hex } }

  /// Shows another picture, or none, and tells the other apps; nothing when it is so already.
  ///
  /// The files of the former picture go by a job.
  ///
  /// - Returns: The member as it is now.
  func show(_ files: AvatarFiles?, at now: Date, in tx: Transaction) async throws -> Member {
    guard files != avatarFiles else { return self }
    var member = self
    (member.avatarSmall, member.avatarMedium) = (files?.small, files?.medium)
    member.avatarLarge = files?.large
    member.version += 1
    member.updatedAt = now
    try await Member.update {
      $0.avatarSmall = member.avatarSmall
      $0.avatarMedium = member.avatarMedium
      $0.avatarLarge = member.avatarLarge
      $0.version = member.version
      $0.updatedAt = now
    }
    .where { $0.id == id }
    .run(in: tx)
    try await releaseAvatar(in: tx)
    try await tx.publish(MemberChanged(member: member.card))
    return member
  }

  /// Has the files of the picture removed that this row names, unless others name them, too.
  func releaseAvatar(in tx: Transaction) async throws {
    guard let files = avatarFiles else { return }
    try await tx.remove(files: files.all)
  }
}

extension Act {
  /// An administrator took a member's picture away.
  static let avatarRemoved = Act("avatar.removed", level: .warning)
}

extension Accounts {
  /// What a picture that a member shows may be at most: 5 MiB.
  public static let avatarBytes = 5 << 20

  /// Has a member show the picture `image` of a multipart request.
  ///
  /// - Throws: `PictureError`, `PictureCountError`, `MultipartError`; `Problem` of kind `not_found`
  ///   when the member has departed. Nothing is left then.
  func changeAvatar(of id: MemberID, _ request: Request) async throws -> Member {
    let pictures = try pictureShelf
    let (uploads, _) = try await pictures.receive(request)
    return try await changeAvatar(
      of: id,
      to: try await pictures.prepare(try await pictures.only(of: uploads)),
      on: pictures
    )
  }

  /// Has a member show a picture that is on this machine already; the file stays.
  ///
  /// - Throws: As for one that is uploaded.
  public func changeAvatar(of id: MemberID, toFileAt path: String) async throws {
    let pictures = try pictureShelf
    _ = try await changeAvatar(of: id, to: try await pictures.prepare(fileAt: path), on: pictures)
  }

  /// Has a member show no picture any more.
  ///
  /// - Throws: `Problem` of kind `not_found` when the member has departed.
  func removeAvatar(of id: MemberID) async throws {
    _ = try await db.transaction { tx in
      try await Member.present(id, in: tx).show(nil, at: clock.now(), in: tx)
    }
    changedMembers.note(id)
  }

  /// Has a member show no picture any more, as an administrator wishes; nothing when there is none.
  ///
  /// - Throws: `Problem` of kind `not_found`.
  public func removeAvatar(of id: MemberID, by requester: Requester) async throws {
    let now = clock.now()
    try await db.transaction { tx in
      let member = try await AdministeredMember(id, for: requester, in: tx).member
      guard member.avatarFiles != nil else { return }
      _ = try await member.show(nil, at: now, in: tx)
      tx.record(
        .avatarRemoved,
        by: requester.member,
        about: id,
        from: requester.origin,
        at: now
      )
    }
    changedMembers.note(id)
  }

  private func changeAvatar(
    of id: MemberID,
    to prepared: PictureShelf.Prepared,
    on pictures: PictureShelf
  ) async throws -> Member {
    do {
      // In a task of its own: a caller who goes away must not leave files without a row.
      let member = try await Task { try await store(prepared, of: id, on: pictures) }.value
      await prepared.folder.remove()
      changedMembers.note(id)
      return member
    } catch {
      await prepared.folder.remove()
      throw error
    }
  }

  private func store(
    _ prepared: PictureShelf.Prepared,
    of id: MemberID,
    on pictures: PictureShelf
  ) async throws -> Member {
    var stored: [Bytea] = []
    do {
      return try await db.transaction { tx in
        try await pictures.holdFiles(in: tx)
        for copy in prepared.picture.thumbnails {
          let blob = try await pictures.blobs.adopt(fileAt: copy.file.path)
          stored.append(Bytea(blob.digest.bytes))
        }
        let member = try await Member.present(id, in: tx)
        return try await member.show(AvatarFiles(stored), at: clock.now(), in: tx)
      }
    } catch {
      try? await pictures.removeUnused(stored)
      throw error
    }
  }

  private var pictureShelf: PictureShelf {
    get throws {
      guard let pictures else { throw Problem.unavailable }
      return pictures
    }
  }
}
