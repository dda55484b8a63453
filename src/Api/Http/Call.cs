using Grpc.Core;
using Platform.Contracts;

namespace Platform.Api.Http;

/// <summary>What every handler needs of its request: how long the service may take, and the identity that makes a repeat harmless.</summary>
internal static class Call
{
    public const string IdempotencyHeader = "Idempotency-Key";
    private const int IdempotencyKeyLimit = 200;
    private static readonly TimeSpan Usual = TimeSpan.FromSeconds(30);

    /// <summary>Options of one unary call: it ends with the client's request, and within half a minute unless told otherwise.</summary>
    public static CallOptions Options(HttpContext http, TimeSpan? limit = null)
    {
        var time = http.RequestServices.GetRequiredService<TimeProvider>();
        return new CallOptions(deadline: (time.GetUtcNow() + (limit ?? Usual)).UtcDateTime, cancellationToken: http.RequestAborted);
    }

    /// <summary>Streams last as long as their client reads.</summary>
    public static CallOptions StreamOptions(HttpContext http) => new(cancellationToken: http.RequestAborted);

    /// <summary>The caller's Idempotency-Key, or a new one, which the answer's header repeats.</summary>
    public static string IdempotencyKey(HttpContext http)
    {
        if (http.Request.Headers[IdempotencyHeader] is { Count: > 1 } several)
        {
            throw RpcErrors.InvalidArgument($"{IdempotencyHeader} stands there {several.Count} times. Send it once, and have a proxy between keep yours instead of adding its own: with another one each time a repeat has its effect again.");
        }

        var given = http.Request.Headers.TryGetValue(IdempotencyHeader, out var values) ? values.ToString() : null;
        if (given?.Length is 0 or > IdempotencyKeyLimit)
        {
            throw RpcErrors.InvalidArgument($"{IdempotencyHeader} must have 1 to {IdempotencyKeyLimit} characters; it has {given.Length}.");
        }

        if (given.AsSpan().ContainsAnyExceptInRange(' ', '~'))
        {
            throw RpcErrors.InvalidArgument($"{IdempotencyHeader} must have only visible ASCII characters and spaces: the answer's header repeats it.");
        }

        var key = given ?? Guid.CreateVersion7().ToString();
        http.Response.Headers[IdempotencyHeader] = key;
        return key;
    }
}
