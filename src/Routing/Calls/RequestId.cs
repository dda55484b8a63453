namespace Platform.Routing.Calls;

/// <summary>What a caller can quote of any answer, refusals included: of a call it is the call's id in records and logs.</summary>
internal static class RequestId
{
    private const string Header = "X-KT-Request-Id";

    /// <summary>Where OpenAI's and Anthropic's client libraries look for what their exceptions show as the request's id.</summary>
    private static readonly string[] OfClients = ["x-request-id", "request-id"];

    /// <summary>A new one, which the answer bears whatever becomes of the request.</summary>
    public static Guid Give(HttpContext http, TimeProvider time)
    {
        var id = Guid.CreateVersion7(time.GetUtcNow());
        http.Response.Headers[Header] = id.ToString();
        return id;
    }

    /// <summary>The answer's; empty where it has none.</summary>
    public static string Of(HttpResponse response) => response.Headers[Header].ToString();

    /// <summary>Tells client libraries too: of an answer of the gateway's own, for that of a provider bears the provider's.</summary>
    public static void TellClients(HttpResponse response)
    {
        foreach (var name in OfClients)
        {
            response.Headers[name] = response.Headers[Header];
        }
    }
}
