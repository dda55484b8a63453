using System.Text;

namespace Platform.Cli;

/// <summary>Takes a secret in by another way than the command line, which the list of processes and the shell's history show.</summary>
internal static class SecretPrompt
{
    /// <summary>At a terminal what is typed, unseen, after the prompt; else the first line of standard input. Null or empty: there is none.</summary>
    public static string? Read(string prompt)
    {
        if (Console.IsInputRedirected)
        {
            return Console.In.ReadLine();
        }

        Console.Error.Write($"{prompt} (not shown): ");
        var typed = new StringBuilder();
        while (Console.ReadKey(intercept: true) is { Key: not ConsoleKey.Enter } key)
        {
            if (key.Key == ConsoleKey.Backspace)
            {
                typed.Length = Math.Max(0, typed.Length - 1);
            }
            else if (!char.IsControl(key.KeyChar))
            {
                typed.Append(key.KeyChar);
            }
        }

        Console.Error.WriteLine();
        return typed.ToString();
    }
}
