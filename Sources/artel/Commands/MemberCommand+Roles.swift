import Accounts
import AccountsContract
import ArgumentParser
import ArtelWeb

extension MemberCommand {
  /// Gives a role: `artel member promote`.
  struct Promote: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Make a member an administrator, or a moderator."
    )

    @Argument(help: "The member's username.")
    var username: String

    @Flag(help: "Make the member a moderator instead.")
    var moderator = false

    @OptionGroup var options: DataOptions

    func run() async throws {
      let role = moderator ? MemberRole.moderator : .administrator
      try await options.withMember(username) { accounts, member in
        try await accounts.give(role, to: member, by: .operatorOfServer)
        print("\(username) is \(role == .moderator ? "a moderator" : "an administrator")")
      }
    }
  }

  /// Takes a role: `artel member demote`.
  struct Demote: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Take a role from a member; the last administrator keeps it."
    )

    @Argument(help: "The member's username.")
    var username: String

    @Flag(help: "Take the role of a moderator instead.")
    var moderator = false

    @OptionGroup var options: DataOptions

    func run() async throws {
      let role = moderator ? MemberRole.moderator : .administrator
      try await options.withMember(username) { accounts, member in
        try await accounts.take(role, from: member, by: .operatorOfServer)
        print("\(username) is no \(role.rawValue)")
      }
    }
  }

  /// Keeps a member out: `artel member suspend`.
  struct Suspend: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Keep a member from signing in, and end every session at once."
    )

    @Argument(help: "The member's username.")
    var username: String

    @Option(help: "Why, in 1 to 500 characters; the member reads it when signing in.")
    var reason: String

    @OptionGroup var options: DataOptions

    func run() async throws {
      try await options.withMember(username) { accounts, member in
        try await accounts.suspend(member, because: reason, by: .operatorOfServer)
        print("\(username) is suspended")
      }
    }
  }

  /// Lets a member in again: `artel member unsuspend`.
  struct Unsuspend: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Let a suspended member sign in again."
    )

    @Argument(help: "The member's username.")
    var username: String

    @OptionGroup var options: DataOptions

    func run() async throws {
      try await options.withMember(username) { accounts, member in
        try await accounts.unsuspend(member, by: .operatorOfServer)
        print("\(username) may sign in")
      }
    }
  }

  /// Ends every session: `artel member sign-out`.
  struct SignOut: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "End every session of a member at once."
    )

    @Argument(help: "The member's username.")
    var username: String

    @OptionGroup var options: DataOptions

    func run() async throws {
      try await options.withMember(username) { accounts, member in
        try await accounts.signOutEverywhere(member, by: .operatorOfServer)
        print("\(username) is signed out everywhere")
      }
    }
  }
}

extension DataOptions {
  /// Runs `body` with Accounts and a member who has this username or e-mail address.
  fileprivate func withMember(
    _ username: String,
    _ body: (Accounts, MemberID) async throws -> Void
  ) async throws {
    try await withAccounts { accounts in
      guard let member = try await accounts.memberID(login: username) else {
        throw ValidationError("nobody is called \(username)")
      }
      do {
        try await body(accounts, member)
      } catch let refusal as any ProblemConvertible {
        throw refusal.problem
      }
    }
  }
}
