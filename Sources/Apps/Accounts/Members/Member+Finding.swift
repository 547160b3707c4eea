import ArtelModel
import ArtelPostgres

extension Member {
  /// The member with this username or e-mail address, whatever its case.
  ///
  /// A username has no `@` and an address has one, so a login means one of them only.
  static func withLogin(_ login: String, in reader: some StatementReader) async throws -> Member? {
    let isLogin: SQL =
      login.contains("@") ? "lower(email) = lower(\(login))" : "lower(username) = lower(\(login))"
    return try await Member.where(isLogin).first(in: reader)
  }
}
