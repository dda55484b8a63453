namespace Platform.Cli.Commands;

/// <summary>A command whose exit code 1 says that something differs: what cannot be compared at all ends as a wrong command line does.</summary>
internal static class Comparison
{
    public static async Task<int> RunAsync(Func<Task<int>> compare)
    {
        try
        {
            return await compare();
        }
        catch (KtError error) when (error.ExitCode == ExitCodes.Failed)
        {
            throw new KtError(ExitCodes.Usage, error.Message);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException)
        {
            throw new KtError(ExitCodes.Usage, exception.Message);
        }
    }
}
