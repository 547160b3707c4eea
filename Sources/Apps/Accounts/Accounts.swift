public import AccountsContract
public import ArtelAuth
public import ArtelConcurrency
public import ArtelPostgres
public import ArtelRealtime
public import ArtelUploads
public import ArtelWeb
import Hummingbird
public import Logging

/// The account that opens every app: members, their sessions and the tokens that prove them.
///
/// - Needs: a migrated database of its own, threads for argon2, a clock, a shelf for pictures.
/// - Serves: `/api/members`, `/api/exports`, `/api/blocks`, `/api/mutes`, `/api/sessions`,
///   `/api/api-tokens`, `/api/notices`, `/api/preferences`, `/api/phone-codes`,
///   `/api/password-resets`, the pages for signing up, in and out, for setting up, of members, for
///   notices and for settings; the clients that other apps ask for members and for who keeps away
///   from whom; the authenticator that tells whose a request is.
/// - Publishes: `MemberJoined`, `MemberChanged`, `MemberDeparted`, `MemberBlocked`,
///   `MemberUnblocked`, `MemberFollowed`, `MemberUnfollowed`.
/// - Sends: mails and text messages, by jobs: `Letters/`.
/// - Jobs: forgets answers, sessions and tokens whose time is over, once a minute; notices, letters,
///   links, codes and archives once an hour; old entries of the system log each night. Removes
///   members whose time of grace is over, and pictures that nobody shows; makes archives.
/// - Subscribes to every app that has something to tell members of.
///
/// Becoming a member: `Members/`. What others see of them: `Profile/`, `Avatars/`. Blocks and mutes:
/// `Boundaries/`. Who follows whom: `Follows/`. Signing in: `Sessions/`. The first administrator: `Setup/`. What members are told:
/// `Notices/`. What they have chosen: `Preferences/`. Address, password and number: `Email/`,
/// `Passwords/`, `PhoneCodes/`. Keys of programs: `Tokens/`. Codes at sign-in: `SecondFactor/`. Keys of
/// devices: `Passkeys/`. Proving again who one is: `Proofs/`. Taking everything along: `Exports/`.
/// Leaving: `Departures/`. What was done, and by whom: `SystemLog/`.
public struct Accounts: WebApp {
  let db: Database
  let pages: Pages?
  let pictures: PictureShelf?
  let passwords: PasswordHasher
  let breachedPasswords: BreachedPasswords?
  let tokens: AccessTokens
  let browsers: DigestCache<SignedInBrowser>
  let changedMembers = ChangedMembers()
  let sightings = Sightings()
  let apiTokens: DigestCache<KnownAPIToken>
  let tokenUses = APITokenUses()
  let scopes: [TokenScope]
  let programSetups: [ProgramSetup]
  let factorKeys: SecondFactorKeys
  let passkeys: Passkeys?
  let limits: CredentialLimits
  let requests: IdempotentRequests
  let correspondence: Correspondence
  let secretKey: SecretKey
  let keyLookups: RateLimiter
  let noticeSources: [any NoticeSource.Type]
  let updates: UpdateLog
  let knownSwitches = Switches()
  let livePosition: @Sendable () -> String?
  let departureGrace: Duration
  let logRetention: Duration
  let panelProof: ProofRule
  let clock: WallClock
  let logger: Logger

  /// Opens the app on its migrated database, and makes the signing key at the first start.
  ///
  /// - Parameters:
  ///   - db: The app's database.
  ///   - pages: Makes the pages; nil, the default, serves the API alone.
  ///   - pictures: Where the pictures are that members show; without it, the default, none are taken
  ///     and none are sent.
  ///   - issuer: What access tokens name as their issuer: the public address, the same on all
  ///     nodes.
  ///   - publicURL: What browsers call the site; without it, the default, there are no passkeys.
  ///   - threads: Where argon2 runs; the number of threads bounds the memory, 19 MiB each.
  ///   - passwordCost: What a sign-in costs; less than the standard is for tests.
  ///   - breachedPasswords: Those that nobody may choose; nil, the default, when there is no such list.
  ///   - rates: How often credentials may be tried.
  ///   - correspondence: How mails and text messages leave.
  ///   - updates: The log of the same database in which open pages are told of notices.
  ///   - notices: The apps that have something to tell members of, besides this one.
  ///   - operations: What the API of the other apps can do; its scopes are what tokens may have.
  ///   - programSetups: The files that members are offered with a new token.
  ///   - livePosition: Where pages that are made now stand among the updates of all contexts; nil,
  ///     the default, while that is not known.
  ///   - departureGrace: How long a member who asked to leave can still stay; default 14 days; zero for
  ///     a departure at once.
  ///   - logRetention: How long entries of the system log are kept; default 400 days.
  ///   - panelProof: How lately, and by what, administrators must have proved who they are; for members
  ///     the same time holds before they change what signs them in.
  ///   - clock: The node's clock.
  ///   - logger: Told of refresh tokens that were used twice, and of lost touch with the database.
  ///   - onPasswordRun: Called once for every run of argon2.
  /// - Throws: `PostgresError` when the database does not answer; `AccessTokenError` when a stored
  ///   signing key cannot be read.
  public init(
    db: Database,
    pages: Pages? = nil,
    pictures: PictureShelf? = nil,
    issuer: String,
    publicURL: String? = nil,
    threads: BlockingPool,
    passwordCost: PasswordCost = .standard,
    breachedPasswords: BreachedPasswords? = nil,
    rates: CredentialRates = CredentialRates(),
    correspondence: Correspondence,
    updates: UpdateLog,
    notices: [any NoticeSource.Type] = [],
    operations: [OperationDescription] = [],
    programSetups: [ProgramSetup] = [],
    livePosition: @escaping @Sendable () -> String? = { nil },
    departureGrace: Duration = .seconds(14 * 86_400),
    logRetention: Duration = .seconds(400 * 86_400),
    panelProof: ProofRule = ProofRule(),
    clock: WallClock = .system,
    logger: Logger,
    onPasswordRun: @escaping @Sendable () -> Void = {}
  ) async throws {
    self.db = db
    self.pages = pages
    self.pictures = pictures
    self.updates = updates
    self.correspondence = correspondence
    self.livePosition = livePosition
    noticeSources = notices
    self.programSetups = programSetups
    self.departureGrace = departureGrace
    self.logRetention = logRetention
    self.panelProof = panelProof
    self.clock = clock
    self.logger = logger
    self.breachedPasswords = breachedPasswords
    passwords = PasswordHasher(cost: passwordCost, pool: threads, onRun: onPasswordRun)
    tokens = try await AccessTokens(
      keys: try await SigningKey.known(at: clock.now(), in: db),
      issuer: issuer,
      clock: clock
    )
    let letterSecret = try await MasterKey.known(for: "letters", at: clock.now(), in: db)
    secretKey = SecretKey("letters", from: letterSecret)
    browsers = DigestCache(limit: 16_384)
    apiTokens = DigestCache(limit: 16_384)
    scopes = Set((Self.operations + operations).compactMap(\.scope))
      .sorted { $0.rawValue < $1.rawValue }
    factorKeys = try await SecondFactorKeys(at: clock.now(), in: db)
    let passkeySecret = try await MasterKey.known(for: "passkeys", at: clock.now(), in: db)
    passkeys = publicURL.flatMap { address in
      Passkeys(publicURL: address, secret: passkeySecret, pool: threads, clock: clock)
    }
    limits = CredentialLimits(rates, clock: clock)
    requests = IdempotentRequests(db: db, clock: clock)
    keyLookups = RateLimiter(RateLimit(1, per: .seconds(10)), clock: clock)
    try await learnEndedSessions()
    try await learnSwitches()
    try await learnImportedHashes()
  }

  /// What the API of the app takes and answers.
  public static let operations =
    MemberRoutes.operations + ProfileRoutes.operations + AvatarRoutes.operations
    + BoundaryRoutes.operations + FollowRoutes.operations
    + SessionRoutes.operations + NoticeRoutes.operations + PreferenceRoutes.operations
    + EmailRoutes.operations + PasswordRoutes.operations + PhoneCodeRoutes.operations
    + ProofRoutes.operations + TwoFactorRoutes.operations + PasskeyRoutes.operations
    + APITokenRoutes.operations + ExportRoutes.operations
    + BrowserErrorRoutes.operations

  /// Adds the routes of the app.
  public func addRoutes(to routes: Routes) {
    MemberRoutes(accounts: self).addRoutes(to: routes)
    SessionRoutes(accounts: self).addRoutes(to: routes)
    NoticeRoutes(accounts: self).addRoutes(to: routes)
    ProfileRoutes(accounts: self).addRoutes(to: routes)
    AvatarRoutes(accounts: self).addRoutes(to: routes)
    BoundaryRoutes(accounts: self).addRoutes(to: routes)
    FollowRoutes(accounts: self).addRoutes(to: routes)
    PreferenceRoutes(accounts: self).addRoutes(to: routes)
    EmailRoutes(accounts: self).addRoutes(to: routes)
    PasswordRoutes(accounts: self).addRoutes(to: routes)
    PhoneCodeRoutes(accounts: self).addRoutes(to: routes)
    ProofRoutes(accounts: self).addRoutes(to: routes)
    TwoFactorRoutes(accounts: self).addRoutes(to: routes)
    PasskeyRoutes(accounts: self).addRoutes(to: routes)
    APITokenRoutes(accounts: self).addRoutes(to: routes)
    ExportRoutes(accounts: self).addRoutes(to: routes)
    BrowserErrorRoutes(accounts: self).addRoutes(to: routes)
    if let pages { addPages(pages, to: routes) }
  }

  private func addPages(_ pages: Pages, to routes: Routes) {
    let signUp = SignUpPage(accounts: self, pages: pages)
    routes.get("/sign-up", use: signUp.show)
    routes.post("/sign-up", use: signUp.create)

    let signIn = SignInPage(accounts: self, pages: pages)
    routes.get("/sign-in", use: signIn.show)
    routes.post("/sign-in", use: signIn.create)
    routes.post("/sign-out", use: signIn.delete)

    let setup = SetupPage(accounts: self, pages: pages)
    routes.get("/setup", use: setup.show)
    routes.post("/setup", use: setup.create)

    NoticePages(accounts: self, pages: pages).addRoutes(to: routes)
    ProfilePages(accounts: self, pages: pages).addRoutes(to: routes)
    MemberPages(accounts: self, pages: pages).addRoutes(to: routes)
    FollowPages(accounts: self, pages: pages).addRoutes(to: routes)
    PreferencePages(accounts: self, pages: pages).addRoutes(to: routes)
    PrivacyPages(accounts: self, pages: pages).addRoutes(to: routes)
    DataPage(accounts: self, pages: pages).addRoutes(to: routes)
    addLetterPages(pages, to: routes)
    addKeyPages(pages, to: routes)
  }

  private func addKeyPages(_ pages: Pages, to routes: Routes) {
    SessionsPage(accounts: self, pages: pages).addRoutes(to: routes)
    APITokensPage(accounts: self, pages: pages).addRoutes(to: routes)
    TwoFactorPage(accounts: self, pages: pages).addRoutes(to: routes)
    ChallengePage(accounts: self, pages: pages).addRoutes(to: routes)
    PasswordReplacementPage(accounts: self, pages: pages).addRoutes(to: routes)
    ProofPage(accounts: self, pages: pages).addRoutes(to: routes)
    PasskeyPages(accounts: self, pages: pages).addRoutes(to: routes)
  }

  private func addLetterPages(_ pages: Pages, to routes: Routes) {
    VerifyEmailPage(accounts: self, pages: pages).addRoutes(to: routes)
    EmailSettingsPage(accounts: self, pages: pages).addRoutes(to: routes)
    PasswordResetPages(accounts: self, pages: pages).addRoutes(to: routes)
    PasswordSettingsPage(accounts: self, pages: pages).addRoutes(to: routes)
    PhoneSignInPages(accounts: self, pages: pages).addRoutes(to: routes)
    PhoneSettingsPage(accounts: self, pages: pages).addRoutes(to: routes)
    MailboxPage(accounts: self, pages: pages).addRoutes(to: routes)
  }

  /// Learns what other nodes changed until the task is cancelled: every second which sessions they
  /// ended, every other second how switches stand, every minute their keys; writes every second who was
  /// here, every minute the uses of API tokens; both once more at the end.
  public func run() async {
    await keepUp()
    // This task is cancelled by now, and the end must not wait for a row that somebody has locked.
    let last = LimitedWork(limit: .seconds(2)) { [sightings, tokenUses, clock, db] in
      let isSeen: Void? = try? await sightings.write(at: clock.now(), to: db)
      let isUsed: Void? = try? await tokenUses.write(to: db)
      return isSeen != nil && isUsed != nil
    }
    if await last.value() != true {
      logger.warning("Who was here last, and with what token, was not noted.")
    }
  }

  private func keepUp() async {
    var round = 0
    var isBehind = false
    while (try? await Task.sleep(for: .seconds(1))) != nil {
      round += 1
      do {
        try await learnEndedSessions()
        if round.isMultiple(of: 2) { try await learnSwitches() }
        try await sightings.write(at: clock.now(), to: db)
        if round.isMultiple(of: 60) {
          try await learnKeys()
          try await learnImportedHashes()
          try await tokenUses.write(to: db)
        }
        isBehind = false
      } catch is CancellationError {
        return
      } catch {
        if !isBehind {
          logger.warning("What other nodes changed stays unknown.", metadata: ["error": "\(error)"])
        }
        isBehind = true
      }
    }
  }
}
