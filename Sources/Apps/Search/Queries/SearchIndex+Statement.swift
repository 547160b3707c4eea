import ArtelPostgres

extension SearchIndex {
  /// A search walks back through eras until it has so many hits to rank.
  static let stretchLength = 300
  /// Hits that a step over several eras ranks at most; with more it goes back era by era.
  static let stepLimit = 5000
  /// Seconds in which a hit loses as much as the whole logarithm of its rank: a half-life of 180 days.
  private static let freshnessSeconds = 180 * 86_400 / 0.693_147

  /// The statement that ranks one stretch of eras, and marks the hits of the page alone.
  ///
  /// Two walks go back from the cursor, era by era and faster where little is found: one over all
  /// matches, and behind it one over matching titles, so that an old title is not lost behind fresh
  /// bodies. Words, filters, audience and eras are found together by one index.
  static func statement(
    _ expression: QueryExpression?,
    _ request: SearchRequest,
    in generation: Int,
    from place: SearchCursor,
    limit: Int
  ) -> SQL {
    let last: SQL =
      place.last.map { "where (score, id) < (\($0.score), \($0.id))" } ?? SQL(raw: "")
    return """
      with recursive query as materialized (
        select \(expression?.text)::text::tsquery as expression
      ), walk (low, span, found, ids, scores) as (
        select \(place.top)::integer, 1, 0, '{}'::uuid[], '{}'::float8[]
        union all
        \(step(of: "walk", expression.map { _ in "words" }, request, generation, place))
      ), titles (low, span, found, ids, scores) as (
        select least(\(place.titleTop)::integer, (select min(low) from walk)), 1, 0, '{}'::uuid[],
          '{}'::float8[]
        union all
        \(step(of: "titles", expression.map { _ in "title_words" }, request, generation, place))
      ), best as (
        select id, score
        from (
          select hit.* from walk cross join unnest(walk.ids, walk.scores) as hit (id, score)
          union all
          select hit.* from titles cross join unnest(titles.ids, titles.scores) as hit (id, score)
        ) hits
        \(last)
        order by score desc, id desc limit \(limit)
      )
      select b.low, b.title_low, best.score, d.app, d.kind, d.id, d.owner_id, d.url, d.created_at,
        coalesce(
          ts_headline('search.stems', d.title, (select expression from query), \(titleMarking)),
          d.title
        ),
        coalesce(
          ts_headline('search.stems', d.body, (select expression from query), \(bodyMarking)),
          left(d.body, 200)
        )
      from (
        select (select min(low) from walk) as low, (select min(low) from titles) as title_low
      ) b
      left join (
        best join search.documents d on d.generation = \(generation) and d.id = best.id
      ) on true
      order by best.score desc, best.id desc
      """
  }

  /// One step back in one of the walks: the matches in the next eras, with their scores.
  ///
  /// A step that finds more than ``stepLimit`` is taken again in the youngest of its eras alone, and
  /// there nothing is left out.
  ///
  /// The logarithm turns "rank times freshness" into a sum in which the present time is a constant,
  /// so that the order of two documents never changes and pages stay stable.
  private static func step(
    of walk: String,
    _ column: String?,
    _ request: SearchRequest,
    _ generation: Int,
    _ place: SearchCursor
  ) -> SQL {
    let matches: SQL = column.map { "d.\(raw: $0) @@ (select expression from query)" } ?? "true"
    return """
      select case when m.is_too_much then w.low else greatest(w.low - w.span, 0) end,
          case when m.is_too_much then 1
            when w.found + m.found > \(raw: "\(stretchLength / 3)") then w.span
            else least(w.span * 2, 8) end,
          case when m.is_too_much then w.found else w.found + m.found end,
          case when m.is_too_much then '{}' else m.ids end,
          case when m.is_too_much then '{}' else m.scores end
        from \(raw: walk) w
        cross join lateral (
          select count(*)::integer as found,
            w.span > 1 and count(*) > \(raw: "\(stepLimit)") as is_too_much, array_agg(h.id) as ids, array_agg(h.score) as scores
          from (
            select d.id,
              ln(greatest(ts_rank(d.words, (select expression from query)), 1e-9))
                + extract(epoch from d.created_at)::float8 / \(freshnessSeconds) as score
            from search.documents d
            where d.generation = \(generation)
              and \(matches)
              and d.marks @> \(request.filters) and d.marks && \(request.audience)
              and d.marks && array(
                select 'era:' || era
                from generate_series(greatest(w.low - w.span, 0), w.low - 1) as era
              )
              and not (
                d.era >= \(place.titleTop) and d.title_words @@ (select expression from query)
              )
            limit case when w.span > 1 then \(raw: "\(stepLimit + 1)") end
          ) h
        ) m
        where w.low > 0 and w.found < \(raw: "\(stretchLength)")
      """
  }

  private static let titleMarking =
    "StartSel=\"\(MarkedText.start)\", StopSel=\"\(MarkedText.end)\", HighlightAll=true"
  private static let bodyMarking =
    "StartSel=\"\(MarkedText.start)\", StopSel=\"\(MarkedText.end)\", MaxWords=32, MinWords=16, "
    + "MaxFragments=2, FragmentDelimiter=\" … \""
}
