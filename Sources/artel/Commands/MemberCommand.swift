import Accounts
import ArgumentParser
import ArtelConcurrency
import ArtelMail
import ArtelRealtime
import Foundation

/// Creates, promotes, suspends, renames and removes members: `artel member`.
struct MemberCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "member",
    abstract: "Create, rename, suspend and remove members, and give them roles.",
    subcommands: [
      Create.self, Promote.self, Demote.self, Suspend.self, Unsuspend.self, SignOut.self,
      ForgetFactors.self, Rename.self, Remove.self,
    ]
  )

  /// Creates a member: `artel member create`.
  struct Create: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Create a member; the password is read from standard input."
    )

    @Argument(help: "3 to 50 letters, digits, dots, dashes and underscores.")
    var username: String

    @Option(help: "The e-mail address.")
    var email: String

    @Option(help: "The name that others see; default the username.")
    var displayName: String?

    @Flag(help: "Make the member an administrator.")
    var administrator = false

    @OptionGroup var options: DataOptions

    func run() async throws {
      try await options.withAccounts { accounts in
        // Not an argument: arguments show in the process list and stay in the shell's history. And
        // not sooner: root's program starts again on the way here and would find the line gone.
        guard let password = Terminal.readPassword() else {
          throw ValidationError("no password on standard input")
        }
        let id = try await accounts.createMember(
          username: username,
          email: email,
          displayName: displayName,
          password: password,
          isAdministrator: administrator
        )
        print(id)
      }
    }
  }
}

extension MemberCommand {
  /// Gives a member another name: `artel member rename`.
  struct Rename: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Change the name that others read; the username stays."
    )

    @Argument(help: "The member's username.")
    var username: String

    @Argument(help: "2 to 100 characters.")
    var displayName: String

    @OptionGroup var options: DataOptions

    func run() async throws {
      try await options.withAccounts { accounts in
        try await accounts.rename(username: username, to: displayName)
        print("\(username) is called \(displayName)")
      }
    }
  }

  /// Lets a member sign in by password alone again: `artel member forget-factors`.
  struct ForgetFactors: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Take the second factor and the passkeys of a member who has lost them.",
      discussion: "Make sure that it is the member who asks: the password alone signs in then."
    )

    @Argument(help: "The member's username.")
    var username: String

    @OptionGroup var options: DataOptions

    func run() async throws {
      try await options.withAccounts { accounts in
        try await accounts.forgetFactors(username: username)
        print("\(username) signs in by password alone")
      }
    }
  }

  /// Removes a member for good: `artel member remove`.
  struct Remove: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Remove a member for good, with everything they posted.",
      discussion: """
        All sessions of the member end at once. A running server, or the next one, deletes the posts.
        """
    )

    @Argument(help: "The member's username.")
    var username: String

    @Flag(help: "Remove without asking.")
    var yes = false

    @OptionGroup var options: DataOptions

    func run() async throws {
      // Not sooner than this: root's program starts again on the way here.
      try await options.withAccounts { accounts in
        guard yes || Terminal.confirms("Remove \(username) and everything they posted?") else {
          throw ValidationError("not confirmed; nothing was removed")
        }
        try await accounts.removeMember(username: username)
        print("\(username) is removed")
      }
    }
  }
}

/// Looks after signing keys: `artel keys`.
struct KeysCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "keys",
    abstract: "Replace the key that signs access tokens.",
    subcommands: [Rotate.self]
  )

  /// Replaces the signing key: `artel keys rotate`.
  struct Rotate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Sign with another key from now on; nobody is signed out."
    )

    @OptionGroup var options: DataOptions

    func run() async throws {
      try await options.withAccounts { accounts in
        try await accounts.rotateKeys()
        print("A new key signs from now on.")
      }
    }
  }
}

extension DataOptions {
  /// Runs `body` with Accounts on a migrated database, beside a running server or without one.
  func withAccounts(_ body: (Accounts) async throws -> Void) async throws {
    try await withStage(.besideServer) { stage in
      try await stage.migrate()
      let threads = BlockingPool(name: "artel-passwords", threads: 1)
      defer { threads.stop() }
      try await body(
        try await Accounts(
          db: stage.database("accounts"),
          issuer: "artel",
          threads: threads,
          // Nothing that a command does is told by mail; the server sends what is.
          correspondence: Correspondence(
            from: try MailAddress("artel@localhost"),
            siteURL: "http://localhost"
          ) { key, _, _ in key },
          updates: UpdateLog(context: "accounts", db: stage.database("accounts")),
          logger: stage.logger
        )
      )
    }
  }
}
