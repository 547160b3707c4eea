import AccountsContract
import ArtelIdentifiers
import ArtelModel
import ArtelPostgres
import ArtelTesting
import ArtelWeb
import HTTPTypes
import HummingbirdTesting
import Testing

@testable import Accounts

@Suite("Searching for members")
struct MemberSearchTests {
  @Test func `display names come first, then usernames, then who was here last`() async throws {
    let site = try await TestAccounts.make()
    let viewer = try await site.member(Cast.ada)
    try await site.people([
      ("river1", "Anna Stone", 1), ("stone1", "River Old", 2), ("stone2", "River Young", 9),
      ("river2", "Boris Brook", 5), ("brook", "Unseen River", nil),
    ])

    let found = try await site.accounts.members(like: "river", for: viewer.id)

    #expect(found.map(\.username) == ["stone2", "stone1", "brook", "river2", "river1"])
  }

  @Test(arguments: [
    ("lovelace", "ada"), ("love", "ada"), ("LOVE", "ada"), ("лавлейс", "ada2"), ("lavlejs", "ada2"),
    ("lavleis", "ada2"), ("лове", "ada"), ("Юлия", "julia"), ("yulia", "julia"),
    ("iuliia", "julia"),
    ("щукин", "pike"), ("shchukin", "pike"), ("Хрущёв", "nikita"), ("khrushchev", "nikita"),
    ("хрущев", "nikita"), ("ивановой", "ivanova"), ("lovlace", "ada"), ("щюкин", "pike"),
    ("zoe", "zoe"), ("o'neil", "neil"), ("ada.lov", "ada"), ("kodzi", "koji"),
  ])
  func `names are found in either alphabet, in other forms, and with slips`(
    query: String,
    expected: String
  ) async throws {
    let site = try await TestAccounts.make()
    let viewer = try await site.member(Cast.grace)
    try await site.people([
      ("ada", "Ada Lovelace", 1), ("ada2", "Ада Лавлейс", 1), ("julia", "Юлия Петрова", 1),
      ("pike", "Пётр Щукин", 1), ("nikita", "Никита Хрущёв", 1), ("ivanova", "Анна Иванова", 1),
      ("zoe", "Zoë Saldaña", 1), ("neil", "Shaun O’Neil", 1), ("koji", "Кодзи", 1),
    ])

    let found = try await site.accounts.members(like: query, for: viewer.id)

    #expect(found.first?.username == expected)
  }

  @Test(arguments: ["%", "_", "!?", " ", "ovelace"])
  func `signs mean nothing, and words are found from their beginning`(query: String) async throws {
    let site = try await TestAccounts.make()
    let viewer = try await site.member(Cast.grace)
    try await site.people([("xavier", "Xavier Underwood", 1)])

    #expect(try await site.accounts.members(like: query, for: viewer.id).isEmpty)
  }

  @Test func `finds twenty at most`() async throws {
    let site = try await TestAccounts.make()
    let viewer = try await site.member(Cast.ada)
    for number in 1...30 { try await site.people([("river\(number)", "River \(number)", number)]) }

    let found = try await site.accounts.members(like: "river", for: viewer.id)

    #expect(found.map(\.username) == (11...30).reversed().map { "river\($0)" })
  }

  // Fails without the look at blocks: finds both.
  @Test func `nobody finds who blocked them, or whom they blocked, and who left`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)
    let grace = try await site.member(Cast.grace)
    try await site.member(Cast.linus)
    try await site.accounts.removeMember(username: "linus")
    func finds(_ name: String, _ viewer: Member) async throws -> Bool {
      try await !site.accounts.members(like: name, for: viewer.id).isEmpty
    }
    #expect(try await finds("hopper", ada))
    for name in ["torvalds", "departed"] { #expect(try await !finds(name, ada)) }

    try await site.accounts.draw(.block, between: grace.id, and: "ada")

    #expect(try await !finds("hopper", ada))
    #expect(try await !finds("lovelace", grace))
  }

  @Test func `the route shows what others may know, and is for members`() async throws {
    var rates = CredentialRates()
    rates.memberSearch = .init(2, per: .seconds(60))
    let site = try await TestAccounts.make(rates: rates)
    try await site.member(Cast.ada)
    try await site.people([("zoe", "Zoë", 1)])

    try await site.serve { client in
      let token = try await client.signIn(Cast.ada).access
      let found = try await client.send(.get, "/api/members?q=zoe", token: token)
      let wrong = try await client.send(.get, "/api/members?q=", token: token)
      let many = try await client.send(.get, "/api/members?q=zoe", token: token)
      let limited = try await client.send(.get, "/api/members?q=zoe", token: token)
      let guest = try await client.send(.get, "/api/members?q=zoe")

      #expect(found.status == .ok)
      #expect(found.text.contains(#""username":"zoe""#) && !found.text.contains("email"))
      #expect(wrong.fieldErrors == ["q required"])
      #expect(many.status == .ok)
      #expect(limited.status == .tooManyRequests)
      #expect(guest.status == .unauthorized)
    }
  }
}

@Suite("What searching among twenty thousand members costs")
struct MemberSearchCostTests {
  @Test(arguments: [
    "Иванов 777", "name7", "na", "nobodyatall", "иваноф",
  ])
  func `is bounded, whatever is looked for`(query: String) async throws {
    let site = try await TestAccounts.make()
    try await site.manyMembers()

    let plan = try await QueryPlan(
      of: MemberSearch(query: query, viewer: Cast.ada.id).sql,
      in: site.db,
      running: true
    )

    #expect(plan.sequentialScans.allSatisfy { $0 != "members" })
    #expect(plan.indexes.contains("members_name_keys_idx"))
    #expect((20...600).contains(plan.pages), "\(plan.pages)")
    // No kind of match has more looked at than the limit of candidates.
    let most = plan.nodes.compactMap(\.actualRows).max() ?? 0
    #expect((1...21_000).contains(most), "\(most)")
  }

  // Fails without either index: everybody is looked at. What every other member has is found soon
  // from the youngest one on.
  @Test(arguments: ["user19999", "19999@example", "+79001"])
  func `by administrators reads indexes for what few have`(text: String) async throws {
    let site = try await TestAccounts.make()
    try await site.manyMembers()
    var filter = MemberFilter()
    filter.text = text

    let plan = try await QueryPlan(
      of: "select id from members where \(filter.condition(behind: nil)) order by id desc limit 31",
      in: site.db
    )

    #expect(plan.sequentialScans.isEmpty)
    #expect(plan.indexes.isSuperset(of: ["members_name_keys_idx", "members_parts_idx"]))
  }

  @Test func `who was here last is the start of an index`() async throws {
    let site = try await TestAccounts.make()
    try await site.manyMembers()

    let plan = try await QueryPlan(
      of: "select id from members order by last_seen_at desc nulls last limit 20",
      in: site.db,
      running: true
    )

    #expect(plan.indexes == ["members_last_seen_at_idx"])
    #expect(!plan.isSorting)
    #expect((1...30).contains(plan.pages))
  }
}

extension TestAccounts {
  /// Makes members with a username, a display name, and how many hours after the clock they were here.
  fileprivate func people(_ people: [(String, String, Int?)]) async throws {
    for (username, displayName, hours) in people {
      try await db.write(
        """
        insert into members (id, username, display_name, password_hash, last_seen_at)
        values (\(MemberID.generate()), \(username), \(displayName), 'x',
          \(clock.now) + \(hours)::int * interval '1 hour')
        """
      )
    }
  }

  /// Twenty thousand members; every other one has a Russian name.
  fileprivate func manyMembers() async throws {
    try await db.write(
      """
      insert into members (id, username, display_name, password_hash, last_seen_at)
      select gen_random_uuid(), 'user' || number,
        case number % 2 when 0 then 'Name' || number || ' Tester' else 'Иванов ' || number end, 'x',
        '2026-01-01'::timestamptz + number * interval '1 s'
      from generate_series(1, 20000) as number
      """
    )
    try await db.write("vacuum analyze members")
  }
}
