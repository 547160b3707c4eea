import AccountsContract
import ArtelModel
import ArtelPictures
import ArtelPostgres
import ArtelTesting
import ArtelWeb
import Foundation
import HTTPTypes
import HummingbirdTesting
import Testing

@testable import Accounts

@Suite("What is no picture of a member")
struct AvatarRefusalTests {
  /// Expects that nothing was kept, and that Ada shows what she showed.
  private func expectUntouched(
    _ site: TestAccounts,
    _ ada: Member,
    sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    let stored = try await site.stored(ada)
    #expect(stored.avatarFiles == ada.avatarFiles, sourceLocation: sourceLocation)
    #expect(stored.version == ada.version, sourceLocation: sourceLocation)
    #expect(site.files.stored.count == 3, sourceLocation: sourceLocation)
    #expect(site.files.leftovers == [], sourceLocation: sourceLocation)
  }

  @Test(arguments: Mode.allCases)
  func `is refused with a reason, and nothing of it is kept`(mode: Mode) async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.avatar(of: try await site.member(Cast.ada))
    let picture = try await site.files.painted(seed: 2)
    let bodies: [([[UInt8]], String, HTTPResponse.Status)] = [
      ([], "image required", .unprocessableContent),
      ([picture, picture], "image too_many", .unprocessableContent),
      ([[]], "image empty", .unprocessableContent),
      (
        [Array("<svg xmlns='http://www.w3.org/2000/svg'/>".utf8)], "image unsupported_type",
        .unprocessableContent
      ),
      ([Array("#!/bin/sh\n".utf8)], "image unsupported_type", .unprocessableContent),
      ([Array(picture.prefix(picture.count / 2))], "image damaged", .unprocessableContent),
      (
        [[UInt8](repeating: 0xFF, count: Accounts.avatarBytes + 1)], "image too_large",
        .contentTooLarge
      ),
    ]

    try await site.serve(mode) { client in
      let token = try await client.signIn(Cast.ada).access
      for (pictures, error, status) in bodies {
        let answer = try await client.sendAvatar(all: pictures, token: token)
        #expect(answer.status == status, "\(error)")
        #expect(answer.fieldErrors == [error])
      }
    }
    try await expectUntouched(site, ada)
  }

  @Test func `is refused before a pixel is decoded when it says it is huge`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.avatar(of: try await site.member(Cast.ada))

    try await site.serve { client in
      let token = try await client.signIn(Cast.ada).access
      let answer = try await client.sendAvatar(Bomb.png, token: token)
      #expect(answer.fieldErrors == ["image too_long"])
    }
    try await expectUntouched(site, ada)
  }

  @Test func `comes from nobody else`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.avatar(of: try await site.member(Cast.ada))
    let grace = try await site.member(Cast.grace)
    let reading = try await site.apiToken(of: ada, ["account:read"]).secret.text
    let picture = try await site.files.painted(seed: 2)

    try await site.serve { client in
      #expect(try await client.sendAvatar(picture, token: nil).status == .unauthorized)
      #expect(try await client.sendAvatar(picture, token: "nonsense").status == .unauthorized)
      #expect(try await client.sendAvatar(picture, token: reading).status == .forbidden)
      let path = "/api/members/me/avatar"
      #expect(try await client.send(.delete, path, token: reading).status == .forbidden)

      // A member's id or name is no part of the address, so a member reaches nobody but themselves.
      let token = try await client.signIn(Cast.grace).access
      #expect(try await client.sendAvatar(picture, token: token).status == .ok)
      #expect(try await client.send(.delete, path, token: token).status == .noContent)
    }
    try await site.deliver()
    #expect(try await site.stored(grace).avatarKey == nil)
    try await expectUntouched(site, ada)
  }

  @Test func `comes too often`() async throws {
    let site = try await TestAccounts.make()
    try await site.member(Cast.ada)

    try await site.serve { client in
      let token = try await client.signIn(Cast.ada).access
      var statuses: [HTTPResponse.Status] = []
      for _ in 0..<31 { statuses.append(try await client.sendAvatar([1], token: token).status) }
      #expect(statuses.dropLast().allSatisfy { $0 == .unprocessableContent })
      #expect(statuses.last == .tooManyRequests)
    }
  }

  @Test func `of somebody who departs meanwhile leaves no file`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)
    try await site.accounts.removeMember(username: "ada")

    await #expect(throws: Problem.self) { try await site.avatar(of: ada) }

    #expect(site.files.stored == [])
    #expect(site.files.leftovers == [])
  }

  @Test func `at once with another one leaves exactly one`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)

    try await withThrowingTaskGroup { group in
      for seed in 1...6 {
        group.addTask { _ = try await site.avatar(of: ada, seed: UInt64(seed)) }
      }
      try await group.waitForAll()
    }
    try await site.deliver()

    let shown = try #require(try await site.stored(ada).avatarFiles)
    #expect(site.files.stored.count == 3)
    #expect(shown.all.allSatisfy { site.files.stored.contains($0.hex) })
    #expect(try await site.stored(ada).version == 7)
  }

  @Test func `cannot be stored in part, nor beside a departure`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)
    let digest = Bytea([UInt8](repeating: 1, count: 32))

    let short = Bytea([1])
    let changes: [(SQL, String)] = [
      ("avatar_small = \(digest)", "members_avatar_whole"),
      ("avatar_large = \(digest)", "members_avatar_whole"),
      (
        "avatar_small = \(digest), avatar_medium = \(short), avatar_large = \(digest)",
        "members_avatar_digest_length"
      ),
    ]
    for (change, constraint) in changes { try await expect(constraint, against: change, of: ada) }
    try await site.accounts.removeMember(username: "ada")
    try await expect(
      "members_departed_without_avatar",
      against: "avatar_small = \(digest), avatar_medium = \(digest), avatar_large = \(digest)",
      of: ada
    )

    func expect(_ constraint: String, against change: SQL, of member: Member) async throws {
      let error = await #expect(throws: PostgresError.self) {
        try await site.db.write("update members set \(change) where id = \(member.id)")
      }
      #expect(error?.constraint == constraint)
    }
  }
}

/// A PNG of 87 bytes that says it has 60,000 × 60,000 pixels.
private enum Bomb {
  static let png = Array(
    Data(
      base64Encoded: """
        iVBORw0KGgoAAAANSUhEUgAA6mAAAOpgAQAAAACoqUjvAAAAHklEQVR42u3BgQAAAADDoPlTH+AKVQEAAAAAAABwBh1N\
        AAH6DOhAAAAAAElFTkSuQmCC
        """
    ) ?? Data()
  )
}

extension Bytea {
  fileprivate var hex: String { bytes.map { String(format: "%02x", $0) }.joined() }
}
