public import ArtelConcurrency
public import HTTPTypes
import Hummingbird

/// What one route of the API takes and answers: the declaration that both runs it and documents
/// it.
///
/// ```swift
/// static let create = Operation(.post, "/api/members", id: "createMember", "Signs a member up.")
///   .tagged("Members")
///   .takes(SignUpForm.self)
///   .answers(.created(Member.self))
///   .refuses(.tooManyRequests)
/// ```
/// `Input` is what the handler is given besides the request: the form of the body or of the query,
/// or nothing. Problems that follow from the declaration need not be named: those of reading a
/// form, 401, 404 for an id in the path, and the server's own.
public struct Operation<Input: Sendable>: Sendable {
  /// What the document says.
  public internal(set) var description: OperationDescription

  /// Reads the input, and the fields it was made of.
  let read: @Sendable (Request, WebContext) async throws -> (Input, FormSource?)

  /// Puts the operation into a group of the document.
  public func tagged(_ tag: String) -> Self {
    with { $0.tag = tag }
  }

  /// Says more about it, in Markdown.
  public func explained(_ text: String) -> Self {
    with { $0.explanation = text }
  }

  /// Lets only some in: members have to show a token, and the handler runs for nobody else.
  ///
  /// Of API tokens only those with the scope are let in, and none where no scope is named.
  public func needs(_ access: OperationDescription.Access) -> Self {
    with { $0.access = access }
  }

  /// Lets each member, or each network of guests, come only so often; others get 429, and every answer
  /// says how the limit stands.
  public func limited(to limit: RateLimit) -> Self {
    with { $0.rateLimit = limit }
  }

  /// Adds an answer.
  public func answers(_ answer: OperationAnswer) -> Self {
    with { $0.answers.append(answer) }
  }

  /// Adds problems besides those that follow from the declaration.
  public func refuses(_ problems: Problem.Kind...) -> Self {
    with { $0.problems += problems }
  }

  /// Says that `If-None-Match` and `ETag` work; the handler answers through
  /// `Request.conditional(on:cache:make:)`.
  public func revalidated() -> Self {
    with { $0.isRevalidated = true }
  }

  /// Names headers that the handler reads itself.
  public func reads(_ headers: OperationHeader...) -> Self {
    with { $0.headers += headers }
  }

  /// Lets callers repeat a creating request safely, by an `Idempotency-Key`; the handler runs through
  /// ``IdempotentRequests/once(_:_:)``.
  public func once() -> Operation<Once<Input>> {
    var description = description
    description.isIdempotent = true
    return Operation<Once<Input>>(description: description) { [read, id = description.id] in
      var key = try IdempotencyKey($0, $1, operation: id)
      let (input, fields) = try await read($0, $1)
      if let fields { key?.add(fields) }
      return (Once(input: input, key: key), nil)
    }
  }

  /// Says that a parameter of the path is a text of a form, and no id.
  ///
  /// `length` is in code points. The handler reads it through `WebContext.text(_:)`; a text of another
  /// form names nothing, so the answer is 404.
  public func naming(
    _ parameter: String,
    _ length: ClosedRange<Int>,
    _ pattern: FieldPattern
  ) -> Self {
    let rules = [TextRule.length(length), .pattern(pattern)]
    return with { $0.texts[parameter] = FieldDescription(parameter, .text, rules) }
  }

  private func with(_ change: (inout OperationDescription) -> Void) -> Self {
    var operation = self
    change(&operation.description)
    return operation
  }
}

extension Operation where Input == Void {
  /// Declares a route that takes no more than its path.
  ///
  /// - Parameters:
  ///   - method: The method.
  ///   - path: Below `/api/`; parameters in braces, such as `{id}`, are ids unless
  ///     ``naming(_:_:_:)`` says otherwise.
  ///   - id: Names it in generated clients; unique, lowerCamelCase, for ever.
  ///   - summary: One sentence.
  public init(_ method: HTTPRequest.Method, _ path: String, id: String, _ summary: String) {
    description = OperationDescription(method: method, path: path, id: id, summary: summary)
    read = { _, _ in ((), nil) }
  }

  /// Takes a form as JSON in the body.
  public func takes<F: Form>(_ form: F.Type) -> Operation<F> {
    var description = description
    description.input = .json(FormSchema(form))
    return Operation<F>(description: description) { request, _ in
      guard case .json = ContentType(request.headers) else { throw Problem.unsupportedMediaType }
      let fields = try await request.formSource()
      return (try F.read(from: fields), fields)
    }
  }

  /// Takes a form in the query of the address.
  public func asks<F: Form>(_ form: F.Type) -> Operation<F> {
    var description = description
    description.input = .query(form.fields)
    return Operation<F>(description: description) { request, _ in
      (try F.read(from: try FormSource(query: request.uri.query ?? "")), nil)
    }
  }

  /// Takes a multipart body of one file, or of up to `count` files of that name, of one of the media
  /// types, and the fields of a form.
  ///
  /// The handler reads it itself, as files are not kept in memory.
  public func takesUpload<F: Form>(
    _ form: F.Type,
    file: String,
    upTo count: Int = 1,
    _ mediaTypes: [String]
  ) -> Self {
    with { $0.input = .upload(form.fields, file: file, count: count, mediaTypes: mediaTypes) }
  }

  /// Takes a form as JSON where it is sent instead of the multipart body; the handler tells them apart.
  public func orTakes<F: Form>(_ form: F.Type) -> Self {
    with { $0.alternative = FormSchema(form) }
  }

  /// Takes bytes of a media type as they are; the handler reads them itself.
  public func takesBytes(_ mediaType: String) -> Self {
    with { $0.input = .bytes(mediaType) }
  }
}

/// What the document says about an operation.
public struct OperationDescription: Sendable {
  /// Whom an operation serves.
  public struct Access: Sendable {
    enum Rule: Sendable {
      case everybody
      case optionalToken
      case member
      case moderator
    }

    let rule: Rule
    /// What API tokens need; nil where they change nothing, or are refused.
    let scope: TokenScope?

    /// Everybody alike; a token changes nothing.
    public static let everybody = Access(rule: .everybody, scope: nil)

    /// Members only, and by a session: guests get 401, API tokens 403.
    public static let member = Access(rule: .member, scope: nil)

    /// Members only: others get 401, and API tokens without the scope 403.
    public static func member(_ scope: TokenScope) -> Access {
      Access(rule: .member, scope: scope)
    }

    /// Moderators only: other members get 404, guests 401, and API tokens without the scope 403.
    public static func moderator(_ scope: TokenScope) -> Access {
      Access(rule: .moderator, scope: scope)
    }

    /// Everybody; members by their token see more, API tokens without the scope get 403.
    public static func optionalToken(_ scope: TokenScope) -> Access {
      Access(rule: .optionalToken, scope: scope)
    }

    func admit(_ context: WebContext) throws {
      switch rule {
      case .everybody: return
      case .optionalToken: try context.admit(scope)
      case .member:
        _ = try context.member()
        try context.admit(scope)
      case .moderator:
        _ = try context.member()
        try context.admit(scope)
        _ = try context.moderator()
      }
    }
  }

  enum Input: Sendable {
    case nothing
    case query([FieldDescription])
    case json(FormSchema)
    case upload([FieldDescription], file: String, count: Int, mediaTypes: [String])
    case bytes(String)
  }

  /// The method.
  public let method: HTTPRequest.Method
  /// The path with its parameters in braces.
  public let path: String
  /// Names it in generated clients.
  public let id: String
  /// One sentence.
  public let summary: String

  var tag: String?
  var explanation: String?
  var access = Access.everybody
  /// What an API token needs to call it; nil where none is let in, or a token changes nothing.
  public var scope: TokenScope? { access.scope }
  /// Whether only members by a session are let in.
  public var isForSessions: Bool { access.rule == .member && access.scope == nil }
  var input = Input.nothing
  /// What may be sent as JSON instead of a multipart body.
  var alternative: FormSchema?
  /// The headers that it reads besides those that follow from the declaration.
  var headers: [OperationHeader] = []
  /// The parameters of the path that are no ids.
  var texts: [String: FieldDescription] = [:]
  var answers: [OperationAnswer] = []
  var problems: [Problem.Kind] = []
  var rateLimit: RateLimit?
  var isRevalidated = false
  var isIdempotent = false

  init(method: HTTPRequest.Method, path: String, id: String, summary: String) {
    self.method = method
    self.path = path
    self.id = id
    self.summary = summary
  }

  /// The names in braces.
  var pathParameters: [String] {
    path.split(separator: "/").filter { $0.hasPrefix("{") }.map {
      String($0.dropFirst().dropLast())
    }
  }

  /// All problems it may answer with.
  var allProblems: [Problem.Kind] {
    var kinds = problems + [.unauthenticated, .internalError, .unavailable, .timeout]
    if method != .get { kinds.append(.crossSite) }
    if rateLimit != nil { kinds.append(.tooManyRequests) }
    if access.rule != .everybody { kinds.append(.missingScope) }
    if isIdempotent { kinds += [.badRequest, .keyInUse, .keyReused] }
    if !pathParameters.isEmpty || access.rule == .moderator { kinds.append(.notFound) }
    if !headers.isEmpty { kinds.append(.badRequest) }
    switch input {
    case .nothing: break
    case .query: kinds += [.badRequest, .validation]
    case .bytes: kinds += [.badRequest, .tooLarge, .unsupportedMediaType]
    case .json, .upload: kinds += [.badRequest, .tooLarge, .unsupportedMediaType, .validation]
    }
    return kinds
  }
}

/// A form under its name in the document.
struct FormSchema: Sendable {
  let name: String
  let schema: JSONTree

  init<F: Form>(_ form: F.Type) {
    name = String(describing: form)
    schema = FieldDescription.objectSchema(of: form.fields)
  }
}

/// A successful answer of an operation.
public struct OperationAnswer: Sendable {
  let status: HTTPResponse.Status
  var content = Content.nothing
  var isLocated = false
  var headers: [OperationHeader] = []

  enum Content: Sendable {
    case nothing
    case resource(ResourceSchema)
    case object
  }

  /// A JSON value, with 200 unless another status is named.
  public static func json<R: JSONResource>(
    _ resource: R.Type,
    status: HTTPResponse.Status = .ok
  ) -> OperationAnswer {
    OperationAnswer(status: status, content: .resource(ResourceSchema(resource)))
  }

  /// 201 with what was made, and its address in `Location`.
  public static func created<R: JSONResource>(_ resource: R.Type) -> OperationAnswer {
    OperationAnswer(
      status: .created,
      content: .resource(ResourceSchema(resource)),
      isLocated: true
    )
  }

  /// The same with headers of its own.
  public func with(_ headers: OperationHeader...) -> OperationAnswer {
    var answer = self
    answer.headers += headers
    return answer
  }

  /// 204 without a body.
  public static let noContent = OperationAnswer(status: .noContent)

  /// 200 with a JSON object of any kind.
  static let object = OperationAnswer(status: .ok, content: .object)
}
