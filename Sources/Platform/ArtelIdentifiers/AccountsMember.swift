/// Marks the id of whoever has an account: `Identifier<AccountsMember>`, in contracts `MemberID`.
///
/// It stands here because signing in is the platform's business too: access tokens and requests
/// name the member without knowing the app that keeps the account.
public enum AccountsMember {}

/// Marks the id of one signed-in browser or client: `Identifier<AccountsSession>`, in contracts
/// `SessionID`.
public enum AccountsSession {}
