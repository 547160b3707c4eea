import AccountsContract
import ArtelModel
import ArtelPostgres
import ArtelStorage
import ArtelTesting
import ArtelWeb
import Foundation
import HTTPTypes
import HummingbirdTesting
import Testing

@testable import Accounts
@testable import ArtelUploads

@Suite("The picture of a member")
struct AvatarTests {
  @Test(arguments: Mode.allCases)
  func `is shown to everybody, in three sizes, for ever at its address`(mode: Mode) async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)
    let picture = try await site.files.painted()

    try await site.serve(mode) { client in
      let token = try await client.signIn(Cast.ada).access
      let answer = try await client.sendAvatar(picture, token: token)
      #expect(answer.status == .ok)
      let urls = try await site.avatarURLs(of: ada)
      #expect(urls.allSatisfy(answer.text.contains))

      for (url, side) in zip(urls, [64, 192, 200]) {
        let file = try await client.send(.get, url)
        #expect(file.status == .ok)
        #expect(file.headers[.contentType] == "image/webp")
        #expect(file.headers[.cacheControl] == "public, max-age=31536000, immutable")
        #expect(file.headers[.xContentTypeOptions] == "nosniff")
        #expect(try await site.side(of: file) == side)
      }
    }
    #expect(site.files.stored.count == 3)
    #expect(site.files.leftovers == [])
    let told = try await site.db.published(MemberChanged.self).map(\.member)
    #expect(told.map(\.version) == [2])
    let shown = try await site.stored(ada).card.avatar
    #expect(told.first?.avatar == shown)
  }

  @Test func `is replaced, and the former files go`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.avatar(of: try await site.member(Cast.ada), seed: 1)
    let former = try await site.avatarURLs(of: ada)
    let formerFiles = site.files.stored

    try await site.avatar(of: ada, seed: 2)
    try await site.deliver()

    #expect(site.files.stored.count == 3)
    #expect(site.files.stored.isDisjoint(with: formerFiles))
    try await site.serve { client async throws in
      for url in former {
        #expect(try await client.send(.get, url).status == .notFound)
      }
    }
  }

  @Test func `is taken away by an administrator, and by nobody else`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.avatar(of: try await site.member(Cast.ada))
    let grace = Requester(try await site.member(Cast.grace).id, userAgent: "", address: nil)

    await #expect(throws: Problem.notFound) {
      try await site.accounts.removeAvatar(of: ada.id, by: grace)
    }
    #expect(try await site.stored(ada).avatarFiles != nil)
    try await site.accounts.removeAvatar(of: ada.id, by: .operatorOfServer)
    try await site.accounts.removeAvatar(of: ada.id, by: .operatorOfServer)
    try await site.deliver()

    #expect(try await site.stored(ada).avatarFiles == nil)
    #expect(site.files.stored == [])
    #expect(try await site.acts().filter { $0 == "avatar.removed" }.count == 1)
  }

  // Fails when removeUnused() asks nobody: the files that Grace shows are gone.
  @Test func `outlives the one of somebody who shows the same`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.avatar(of: try await site.member(Cast.ada))
    let grace = try await site.avatar(of: try await site.member(Cast.grace))
    #expect(site.files.stored.count == 3)

    try await site.accounts.removeAvatar(of: ada.id)
    try await site.deliver()
    #expect(site.files.stored.count == 3)

    try await site.accounts.removeAvatar(of: grace.id)
    try await site.deliver()
    #expect(site.files.stored == [])
  }

  // Fails with this context alone in PictureShelf.contexts: what the other one names is gone.
  @Test func `shares files with other apps, and takes none from them`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.avatar(of: try await site.member(Cast.ada))
    let shared = try #require(site.files.stored.sorted().first)
    let other = try await TestDatabase.empty()
    try await other.write("create table pictures (digest bytea)")
    let digest = try #require(Digest(hex: shared))
    try await other.write("insert into pictures values (\(Bytea(digest.bytes)))")
    let shelf = site.files.shelf(contexts: [
      Accounts.blobReferences(in: site.db.database),
      BlobReferences(of: [BlobColumn("pictures", "digest")], in: other.database),
    ])
    let files = try #require(ada.avatarFiles)

    try await shelf.removeUnused(files.all)
    #expect(site.files.stored.count == 3)
    try await Member.update {
      $0.avatarSmall = nil
      $0.avatarMedium = nil
      $0.avatarLarge = nil
    }
    .where { $0.id == ada.id }
    .run(in: site.db)
    try await shelf.removeUnused(files.all)

    #expect(site.files.stored == [shared])
  }

  @Test func `is removed by program, as often as one likes`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.avatar(of: try await site.member(Cast.ada))
    let url = try await site.avatarURLs(of: ada)[0]

    try await site.serve { client in
      let token = try await client.signIn(Cast.ada).access
      for _ in 0..<2 {
        let answer = try await client.send(.delete, "/api/members/me/avatar", token: token)
        #expect(answer.status == .noContent)
      }
      #expect(try await client.send(.get, url).status == .notFound)
      let shown = try await client.send(.get, "/api/members/ada")
      #expect(!shown.text.contains("/avatars/"))
    }
    try await site.deliver()
    #expect(site.files.stored == [])
    let told = try await site.db.published(MemberChanged.self).map(\.member.avatarKey)
    #expect(told.map { $0 != nil } == [true, false])
    #expect(try await site.stored(ada).version == 3)
  }

  // Fails without releaseAvatar() in depart(): the files stay.
  @Test func `goes with the member`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.avatar(of: try await site.member(Cast.ada))
    let url = try await site.avatarURLs(of: ada)[2]

    try await site.accounts.removeMember(username: "ada")
    try await site.deliver()

    #expect(site.files.stored == [])
    #expect(try await site.stored(ada).avatarFiles == nil)
    try await site.serve { client async throws in
      #expect(try await client.send(.get, url).status == .notFound)
    }
  }

  @Test func `stays while a member is suspended, like the page`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.avatar(of: try await site.member(Cast.ada))
    try await site.accounts.suspend(ada.id, because: "Noise", by: .operatorOfServer)

    try await site.serve { client in
      #expect(try await client.send(.get, "/api/members/ada").status == .ok)
      let url = try await site.avatarURLs(of: ada)[0]
      #expect(try await client.send(.get, url).status == .ok)
    }
  }

  @Test func `is not found at an address that only looks like one`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.avatar(of: try await site.member(Cast.ada))
    let grace = try await site.member(Cast.grace)
    let key = try #require(ada.avatarKey)

    try await site.serve { client in
      for path in [
        "\(grace.id)/\(key)/64.webp", "\(ada.id)/\(key)/65.webp", "\(ada.id)/\(key)/64.jpg",
        "\(ada.id)/\(key)/original.jpg", "\(ada.id)/\(key.dropLast())/64.webp",
        "\(ada.id)/\(String(key.reversed()))/64.webp", "ada/\(key)/64.webp",
      ] {
        let answer = try await client.send(.get, "/avatars/\(path)")
        #expect(answer.status == .notFound, "\(path)")
      }
    }
  }

  @Test func `comes at the cost of one statement, and pages gain none`() async throws {
    let site = try await TestAccounts.make(hasPages: true)
    let ada = try await site.avatar(of: try await site.member(Cast.ada))
    try await site.member(Cast.grace)
    let url = try await site.avatarURLs(of: ada)[1]

    try await site.serve { client in
      try await expectStatements(atMost: 1, atLeast: 1) {
        _ = try await client.send(.get, url)
      }
      let token = try await client.signIn(Cast.grace).access
      try await expectStatements(atMost: 1, atLeast: 1) {
        let found = try await client.send(.get, "/api/members?q=ada", token: token)
        #expect(found.text.contains(url))
      }
      try await expectStatements(atMost: 2, atLeast: 2) {
        let page = try await client.send(.get, "/members/ada")
        #expect(page.text.contains(url))
      }
    }
  }

  @Test func `is found by its index when files are looked for`() async throws {
    let site = try await TestAccounts.make()
    try await site.db.write(
      """
      insert into members (id, username, display_name, phone, avatar_small, avatar_medium, avatar_large)
      select gen_random_uuid(), 'member' || number, 'Member', '+7' || (1000000 + number),
        sha256(('s' || number)::bytea), sha256(('m' || number)::bytea),
        sha256(('l' || number)::bytea)
      from generate_series(1, 20000) as number
      """
    )
    try await site.db.write("vacuum analyze members")
    let digest = try #require(Digest(bytes: [UInt8](repeating: 3, count: 32)))

    for query in [
      BlobColumn.page(of: Accounts.blobColumns, after: nil, limit: 1000),
      BlobColumn.named([digest], by: Accounts.blobColumns),
    ] {
      let plan = try await QueryPlan(of: query, in: site.db, running: true)
      #expect(plan.indexes.contains("members_avatar_small_idx"))
      #expect(plan.indexes.contains("members_avatar_large_idx"))
      #expect(!plan.sequentialScans.contains("members"))
    }
  }
}

extension TestAccounts {
  /// The side in pixels of a square picture that was answered.
  fileprivate func side(of answer: TestResponse) async throws -> Int? {
    let path = "\(files.folder)/answer-\(UUID()).webp"
    try Data(answer.body.readableBytesView).write(to: URL(filePath: path))
    let header = try await TestFiles.workshop.inspect(fileAt: path)
    return header.widthPixels == header.heightPixels ? header.widthPixels : nil
  }
}
