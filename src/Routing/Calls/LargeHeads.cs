using Microsoft.AspNetCore.Server.Kestrel.Core;
using Platform.Routing.Shapes.Messages;

namespace Platform.Routing.Calls;

/// <summary>
/// Refuses requests with larger headers than are taken, in words: the server itself answers 431 with nothing. It takes in some times as much for that; of what is larger still its own answer stands.
/// </summary>
internal sealed class LargeHeads(RequestDelegate next, MessagesShape messages, TimeProvider time)
{
    private const int MaxBytes = 32 * 1024;
    private const int MaxHeaders = 100;

    /// <summary>So many times as much is told.</summary>
    private const int Told = 8;

    public static void TakeIn(KestrelServerOptions kestrel) =>
        (kestrel.Limits.MaxRequestHeadersTotalSize, kestrel.Limits.MaxRequestHeaderCount) = (Told * MaxBytes, Told * MaxHeaders);

    public Task InvokeAsync(HttpContext http)
    {
        var (bytes, headers, largest, most) = (0, 0, "", 0);
        foreach (var (name, values) in http.Request.Headers)
        {
            var here = 0;
            foreach (var value in values)
            {
                here += name.Length + (value?.Length ?? 0);
                headers++;
            }

            bytes += here;
            (largest, most) = here > most ? (name, here) : (largest, most);
        }

        if (bytes <= MaxBytes && headers <= MaxHeaders)
        {
            return next(http);
        }

        RequestId.Give(http, time);
        return UnservedRoutes.WriteAsync(http, messages, ApiError.HeadersTooLarge(MaxBytes, MaxHeaders, largest, most));
    }
}
