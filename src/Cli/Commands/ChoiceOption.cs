using System.CommandLine;

namespace Platform.Cli.Commands;

/// <summary>An option that takes one of a few words, as they are written. Another one ends as a wrong command line, before anything is sent.</summary>
internal static class ChoiceOption
{
    /// <summary>Calendar periods that a budget or a cap may be of.</summary>
    public static readonly string[] CalendarPeriods = ["day", "week", "month", "quarter", "year"];

    /// <summary>One that may be left out; null then.</summary>
    public static Option<string?> Create(string name, string description, params string[] values) => CommonOptions.Text(name, description).Among(values);

    /// <summary>Has an option take these alone.</summary>
    public static TOption Among<TOption>(this TOption option, params string[] values)
        where TOption : Option
    {
        option.HelpName = string.Join('|', values);
        option.CompletionSources.Add(values);

        // An empty one is told of for all options alike.
        option.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: { Length: > 0 } text }] && !values.Contains(text))
            {
                result.AddError($"{option.Name}: '{text}' is not one of {string.Join(", ", values)}.");
            }
        });
        return option;
    }
}
