namespace Platform.Routing.Calls;

/// <summary>
/// That an answer ends before it is whole, since its provider cut it. All that was written of it still reaches the caller, its head at least: without one, client libraries take it for a connection that
/// failed, and send again what may be billed (decision 0245).
/// </summary>
internal sealed class CutAnswer
{
    public static void Mark(HttpContext http) => http.Features.Set(new CutAnswer());

    /// <exception cref="AnswerCutException">It is marked.</exception>
    public static void ThrowIfMarked(HttpContext http)
    {
        if (http.Features.Get<CutAnswer>() is not null)
        {
            throw new AnswerCutException();
        }
    }
}

/// <summary>Makes the server send what was written, and close the connection without the end that a whole answer has. An abort would do so too, and throw away what has not left yet.</summary>
internal sealed class AnswerCutException : Exception;
