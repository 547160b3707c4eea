import ArtelAuth
import ArtelConcurrency
import Synchronization
import Testing

@Suite("Hashes of bcrypt")
struct BcryptTests {
  private let runs = RunCounter()

  private var hasher: PasswordHasher {
    PasswordHasher(
      cost: PasswordCost(kibibytes: 64, iterations: 1),
      pool: BlockingPool(name: "bcrypt", threads: 2),
      onRun: { [runs] in runs.add() }
    )
  }

  /// From the tests of crypt_blowfish and node.bcrypt.js.
  @Test(arguments: [
    ("U*U", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"),
    ("U*U*U", "$2a$05$XXXXXXXXXXXXXXXXXXXXXOAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a"),
    ("ππππππππ", "$2a$10$.TtQJ4Jr6isd4Hp.mVfZeuh6Gws4rOQ/vdBczhDx.19NFK0Y84Dle"),
    (
      "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789chars after 72",
      "$2a$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui"
    ),
  ])
  func `agree with the vectors of others under all three prefixes`(
    password: String,
    hash: String
  ) async throws {
    for prefix in ["$2a$", "$2b$", "$2y$"] {
      let hash = prefix + hash.dropFirst(4)
      #expect(try await hasher.verify(password, against: hash))
      #expect(try await hasher.verify("x" + password, against: hash) == false)
      #expect(try await hasher.verify("", against: hash) == false)
    }
  }

  @Test(arguments: [
    "$2x$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy",
    "$2b$03$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy",
    "$2b$16$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy",
    "$2b$31$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy",
    "$2b$+9$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy",
    "$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhW",
    "$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhW!",
    "$2b$10$N9qo8uLOickgx2ZMRZoMye", "$2b$10$", "$2b$", "", "$1$abc$def", "*0", "password",
  ])
  func `that cost too much or are none are refused without a run`(hash: String) async {
    #expect(!PasswordHasher.isBcrypt(hash))
    await #expect(throws: PasswordError.malformedHash) {
      try await hasher.verify("password", against: hash)
    }
    #expect(runs.count == 0)
  }

  @Test func `no password with a zero byte matches, not even one that goes on behind it`()
    async throws
  {
    let hash = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"

    #expect(try await hasher.verify("U*U\0", against: hash) == false)
    #expect(try await hasher.verify("U*U\0tail", against: hash) == false)
  }

  /// Fails without the shield: a refusal by argon2 took one run.
  @Test func `cost a refusal what every other refusal costs while there are some`() async throws {
    let hasher = hasher
    let own = try await hasher.hash("correct horse")
    hasher.expect(bcryptCost: 4)

    for body in [
      { _ = try await hasher.verify("wrong horse", against: own) },
      { try await hasher.verifyAgainstNobody("wrong horse") },
      {
        _ = try await hasher.verify(
          "wrong horse",
          against: "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"
        )
      },
    ] as [() async throws -> Void] {
      runs.reset()
      try await body()
      #expect(runs.count == 2)
    }
    hasher.expect(bcryptCost: nil)
    runs.reset()
    try await hasher.verifyAgainstNobody("wrong horse")
    #expect(runs.count == 1)
  }

  @Test func `are made anew by argon2, also of a password that is short today`() async throws {
    let old = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"

    #expect(hasher.needsRehash(old))
    let new = try await hasher.hashAnew("U*U")

    #expect(new.hasPrefix("$argon2id$"))
    #expect(try await hasher.verify("U*U", against: new))
    #expect(!hasher.needsRehash(new))
  }

  @Test func `a hash of nobody opens for nothing`() async throws {
    let hash = hasher.hashOfNobody()

    #expect(try await hasher.verify("", against: hash) == false)
    #expect(hash != hasher.hashOfNobody())
  }
}
