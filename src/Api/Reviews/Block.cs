namespace Platform.Api.Reviews;

/// <summary>A piece of a document that is written as Markdown or as HTML.</summary>
internal abstract record Block;

/// <param name="Level">1 is the title.</param>
internal sealed record Heading(int Level, string Text) : Block;

internal sealed record Paragraph(string Text) : Block;

internal sealed record Bullets(IReadOnlyList<string> Items) : Block;

/// <param name="Columns">One that begins with '>' is aligned right.</param>
/// <param name="HasTotal">The last row is the sum of the others.</param>
internal sealed record Table(IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<string>> Rows, bool HasTotal = false) : Block;

/// <summary>A sentence with what it is worth, and commands beneath it.</summary>
internal sealed record Item(string Amount, string Title, string Text, IReadOnlyList<(string Command, string Meaning)> Commands) : Block;

/// <summary>From one total to another by steps; Markdown has it in its tables already.</summary>
internal sealed record Waterfall((string Name, decimal Amount) From, IReadOnlyList<(string Name, decimal Amount)> Steps, (string Name, decimal Amount) To, int Places) : Block;
