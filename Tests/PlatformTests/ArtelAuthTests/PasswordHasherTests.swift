import ArtelAuth
import ArtelConcurrency
import Synchronization
import Testing

@Suite("A password hasher")
struct PasswordHasherTests {
  private static let cheap = PasswordCost(kibibytes: 64, iterations: 1)
  private let runs = RunCounter()

  private func hasher(_ cost: PasswordCost = cheap) -> PasswordHasher {
    PasswordHasher(
      cost: cost,
      pool: BlockingPool(name: "argon2", threads: 2),
      onRun: { [runs] in runs.add() }
    )
  }

  /// The reference implementation's own test vectors for "password".
  @Test(arguments: [
    "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
    "$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc",
    "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
  ])
  func `agrees with the vectors of libargon2`(vector: String) async throws {
    #expect(try await hasher().verify("password", against: vector))
    #expect(try await hasher().verify("passwore", against: vector) == false)
  }

  @Test func `accepts the password it hashed and no other`() async throws {
    let hash = try await hasher().hash("correct horse")

    #expect(hash.hasPrefix("$argon2id$v=19$m=64,t=1,p=1$"))
    #expect(try await hasher().verify("correct horse", against: hash))
    #expect(try await hasher().verify("correct hors", against: hash) == false)
    #expect(try await hasher().verify("", against: hash) == false)
  }

  @Test func `hashes one password differently each time`() async throws {
    let first = try await hasher().hash("correct horse")
    let second = try await hasher().hash("correct horse")

    #expect(first != second)
  }

  @Test func `reads past a zero byte`() async throws {
    let hash = try await hasher().hash("correct\0horse")

    #expect(try await hasher().verify("correct\0horse", against: hash))
    #expect(try await hasher().verify("correct\0house", against: hash) == false)
    #expect(try await hasher().verify("correct", against: hash) == false)
  }

  @Test func `spends one run on a known login and one on an unknown`() async throws {
    let hash = try await hasher().hash("correct horse")
    runs.reset()

    _ = try await hasher().verify("wrong horse", against: hash)
    #expect(runs.count == 1)
    try await hasher().verifyAgainstNobody("wrong horse")
    #expect(runs.count == 2)
  }

  @Test func `spends one run on a password that is too long, and refuses it`() async throws {
    let endless = String(repeating: "a", count: 5_000)
    let hash = try await hasher().hash("correct horse")
    runs.reset()

    #expect(try await hasher().verify(endless, against: hash) == false)
    #expect(runs.count == 1)
  }

  @Test func `refuses to hash what is too short or too long, without a run`() async {
    await #expect(throws: PasswordError.tooShort) { try await hasher().hash("eleven 7777") }
    await #expect(throws: PasswordError.tooLong) {
      try await hasher().hash(String(repeating: "я", count: 129))
    }
    #expect(runs.count == 0)
  }

  @Test func `counts code points, not bytes`() {
    #expect(PasswordHasher.refusal(of: "пароль и ещё") == nil)
    #expect(PasswordHasher.refusal(of: String(repeating: "я", count: 128)) == nil)
    #expect(PasswordHasher.refusal(of: "пароль и ещ") == .tooShort)
  }

  @Test(arguments: [
    "", "password",
    "$argon2i$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
    "$argon2id$v=16$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
    "$argon2id$v=19$m=4294967295,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
    "$argon2id$v=19$m=256,t=999,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
    "$argon2id$v=19$t=2,m=256,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
    "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$", "$argon2id$v=19$m=256,t=2,p=1$$AAAA",
    "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4\0",
  ])
  func `refuses a stored hash that is not argon2id or costs too much`(hash: String) async {
    await #expect(throws: PasswordError.malformedHash) {
      try await hasher().verify("password", against: hash)
    }
    #expect(hasher().needsRehash(hash))
    #expect(runs.count == 0)
  }

  @Test func `wants a hash of another cost made anew`() async throws {
    let cheap = try await hasher().hash("correct horse")

    #expect(hasher().needsRehash(cheap) == false)
    #expect(hasher(PasswordCost(kibibytes: 128, iterations: 1)).needsRehash(cheap))
    #expect(hasher(PasswordCost(kibibytes: 64, iterations: 2)).needsRehash(cheap))
  }
}

final class RunCounter: Sendable {
  private let runs = Atomic<Int>(0)

  var count: Int { runs.load(ordering: .sequentiallyConsistent) }

  func add() {
    runs.add(1, ordering: .sequentiallyConsistent)
  }

  func reset() {
    runs.store(0, ordering: .sequentiallyConsistent)
  }
}
