namespace Platform.Cli.Api;

/// <summary>Builds a path with the parameters that are given; absent ones are left out.</summary>
internal static class Query
{
    public static string Path(string path, params ReadOnlySpan<(string Name, string? Value)> parameters)
    {
        var separator = '?';
        foreach (var (name, value) in parameters)
        {
            if (!string.IsNullOrEmpty(value))
            {
                path += $"{separator}{name}={Uri.EscapeDataString(value)}";
                separator = '&';
            }
        }

        return path;
    }
}
