namespace Platform.Routing.Calls;

/// <summary>What a caller can quote of any answer, refusals included: of a call it is the call's id in records and logs.</summary>
internal static class RequestId
{
    private const string Header = "X-KT-Request-Id";

    /// <summary>A new one, which the answer bears whatever becomes of the request.</summary>
    public static Guid Give(HttpContext http, TimeProvider time)
    {
        var id = Guid.CreateVersion7(time.GetUtcNow());
        http.Response.Headers[Header] = id.ToString();
        return id;
    }
}
