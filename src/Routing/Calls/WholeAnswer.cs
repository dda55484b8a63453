using Platform.Contracts;
using Platform.Routing.Limits;

namespace Platform.Routing.Calls;

/// <summary>An answer in memory, as the caller gets it should the attempt be the call's last: what was asked for, or how it failed, in the provider's own words or in the gateway's where it has none.</summary>
internal sealed class WholeAnswer : IDisposable
{
    private readonly ApiError? _own;
    private readonly HttpResponseMessage? _theirs;
    private readonly byte[] _body = [];

    public WholeAnswer(ApiError own) => _own = own;

    public WholeAnswer(LimitRefusal limit)
        : this(limit.Error) => Limit = limit;

    /// <param name="theirs">Its headers are passed on; its body has been read.</param>
    public WholeAnswer(HttpResponseMessage theirs, byte[] body) => (_theirs, _body) = (theirs, body);

    /// <summary>The rate limit of the provider that refused; null when the provider was asked.</summary>
    public LimitRefusal? Limit { get; }

    /// <summary>Of an answer that was rated; null: the caller is told of none.</summary>
    public long? CostNanos { get; init; }

    /// <summary>The status that a provider's error means, whatever status it came under; null: the answer is none, or the gateway's own.</summary>
    public int? ErrorStatus { get; init; }

    public Task WriteAsync(HttpContext http, Call call)
    {
        call.ErrorStatus = ErrorStatus;
        Limit?.WriteHeaders(http.Response.Headers);
        if (CostNanos is { } cost)
        {
            http.Response.Headers["X-KT-Cost"] = new Money(cost).ToString();
        }

        if (_theirs is null)
        {
            return AnswerWriter.WriteErrorAsync(http, call.Shape, _own!);
        }

        AnswerWriter.CopyHead(_theirs, http.Response);
        return AnswerWriter.WriteAsync(http, _body);
    }

    public void Dispose() => _theirs?.Dispose();
}
