using Platform.Routing.Calls;

namespace Platform.Routing.Shapes;

/// <summary>
/// Tools that run at a provider and that only a name tells, which servers before Gemini and others look for beside what describes the caller's own: a proxy may make one route's tool of another's, so they are looked for in
/// the tools of all routes.
/// </summary>
internal static class ProviderTools
{
    private static readonly FieldNames Names = new(
        "google_search", "google_search_retrieval", "enterprise_web_search", "google_maps", "url_context", "code_execution", "code_interpreter", "computer_use", "file_search", "retrieval", "web_search");

    /// <summary>At a name within a tool: the one that it is of these; null when it is none.</summary>
    public static string? NameAt(ref readonly BodyReader body) => Names.Look(in body.Json).Name;

    /// <summary>At the value of that name: refuses it, unless it asks for nothing.</summary>
    /// <param name="name">Null: nothing is refused.</param>
    public static void RefuseAt(ref BodyReader body, string? name)
    {
        if (name is not null && !body.AsksForNothing())
        {
            Refuse(ref body, name);
        }
    }

    /// <param name="type">What the caller calls the tool.</param>
    public static void Refuse(ref BodyReader body, string type) => body.Refuse(ApiError.Unbounded(
        $"Tools of type '{BodyReader.Quote(type)}' run at the provider and are billed apart, so they are not served. Send tools of type function.", "tools"));
}
