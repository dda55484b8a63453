using System.Net;
using System.Text;

namespace Platform.Api.Reviews;

/// <summary>Blocks as one HTML page that needs nothing else: no script, no font, no picture from elsewhere. It prints on A4.</summary>
internal static class HtmlWriter
{
    /// <summary>Dates and names of so many letters stay on one line.</summary>
    private const int ShortCell = 17;

    private const string Style = """
        :root{color-scheme:light}
        *{box-sizing:border-box}
        body{margin:0;background:#f4f5f7;color:#1c2430;font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
        main{max-width:60rem;margin:0 auto;padding:2.5rem 2.5rem 3rem;background:#fff}
        h1{font-size:1.75rem;line-height:1.2;margin:0 0 .25rem}
        h2{font-size:1.2rem;margin:2.25rem 0 .6rem;padding-bottom:.3rem;border-bottom:2px solid #1c2430}
        h3{font-size:1rem;margin:1.4rem 0 .4rem}
        p{margin:.4rem 0 .8rem;color:#3c4656}
        ul.points{margin:1rem 0;padding:1rem 1.25rem 1rem 2.25rem;background:#eef3fb;border-left:4px solid #2458a6}
        ul.points li{margin:.2rem 0}
        .wide{overflow-x:auto}
        table{width:100%;border-collapse:collapse;margin:.5rem 0 1rem;font-size:.87rem;font-variant-numeric:tabular-nums}
        th{text-align:left;font-weight:600;color:#566175;border-bottom:1px solid #b8c0cc;padding:.35rem .5rem;vertical-align:bottom}
        td{padding:.35rem .5rem;border-bottom:1px solid #e6e9ee;vertical-align:top}
        .r{text-align:right}
        .n,td.r{white-space:nowrap}
        tr.total td{font-weight:700;border-top:2px solid #1c2430;border-bottom:0}
        .item{display:grid;grid-template-columns:8.5rem 1fr;gap:0 1rem;padding:.55rem 0;border-bottom:1px solid #e6e9ee;break-inside:avoid}
        .item .amount{font-weight:700;text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}
        .item code{display:block;margin-top:.25rem;font:.78rem/1.45 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;color:#2a3a52;background:#f4f5f7;padding:.2rem .45rem;border-radius:3px;overflow-wrap:anywhere}
        .item small{color:#566175;display:block}
        svg{display:block;width:100%;height:auto;margin:.75rem 0 1rem}
        @media (max-width:40rem){main{padding:1.25rem 1rem}.item{grid-template-columns:1fr}.item .amount{text-align:left}}
        @media print{body{background:#fff;font-size:10.5pt}main{max-width:none;padding:0}h2{break-after:avoid}tr,svg{break-inside:avoid}@page{size:A4;margin:16mm 14mm}}
        """;

    public static string Write(string title, IEnumerable<Block> blocks)
    {
        var text = new StringBuilder();
        text.Append($"<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{Escape(title)}</title>\n<style>\n{Style}\n</style>\n</head>\n<body>\n<main>\n");
        foreach (var block in blocks)
        {
            text.Append(Of(block)).Append('\n');
        }

        return text.Append("</main>\n</body>\n</html>\n").ToString();
    }

    private static string Of(Block block) => block switch
    {
        Heading heading => $"<h{heading.Level}>{Escape(heading.Text)}</h{heading.Level}>",
        Paragraph paragraph => $"<p>{Escape(paragraph.Text)}</p>",
        Bullets bullets => $"<ul class=\"points\">{string.Concat(bullets.Items.Select(item => $"<li>{Escape(item)}</li>"))}</ul>",
        Table table => Of(table),
        Item item =>
            $"<div class=\"item\"><div class=\"amount\">{Escape(item.Amount)}</div><div><strong>{Escape(item.Title)}</strong> {Escape(item.Text)}{string.Concat(item.Commands.Select(command => $"<code>{Escape(command.Command)}</code><small>{Escape(command.Meaning)}</small>"))}</div></div>",
        Waterfall waterfall => WaterfallChart.Draw(waterfall),
        _ => "",
    };

    private static string Of(Table table)
    {
        string Class(string tag, int column, string text) => table.Columns[column].StartsWith('>') ? " class=\"r\"" : tag == "td" && text.Length <= ShortCell ? " class=\"n\"" : "";
        string Cell(string tag, int column, string text) => $"<{tag}{Class(tag, column, text)}>{Escape(text)}</{tag}>";
        string Row(int place) => $"<tr{(table.HasTotal && place == table.Rows.Count - 1 ? " class=\"total\"" : "")}>{string.Concat(table.Rows[place].Select((cell, column) => Cell("td", column, cell)))}</tr>";

        var head = string.Concat(table.Columns.Select((name, column) => Cell("th", column, name.TrimStart('>'))));
        return $"<div class=\"wide\"><table><thead><tr>{head}</tr></thead><tbody>{string.Concat(Enumerable.Range(0, table.Rows.Count).Select(Row))}</tbody></table></div>";
    }

    private static string Escape(string plain) => WebUtility.HtmlEncode(plain);
}
