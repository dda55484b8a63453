namespace Platform.Api.Http;

/// <summary>Fields of a PATCH: those that are there change something, absent (or null) ones do not.</summary>
internal static class Given
{
    public static void IfGiven(this string? value, Action<string> set)
    {
        if (value is not null)
        {
            set(value);
        }
    }
}
