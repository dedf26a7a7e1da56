/** Sample files of the demo, by path in the workspace. */
export const DEMO_FILES: Readonly<Record<string, string>> = {
  "inbox/orders.csv": `customer,item,quantity,price
Northwind Tea,Green tea 1 kg,12,18.50
Harbour Café,Espresso beans 1 kg,20,14.00
Old Mill Bakery,Rye flour 25 kg,6,21.75
Harbour Café,Paper cups (500),4,32.00
Lighthouse Hotel,Earl Grey 1 kg,3,22.50
`,
  "inbox/note-harbour-cafe.txt": `Please deliver before eight in the morning; the back door is open.
`,
  "inbox/note-lighthouse-hotel.txt": `New address from next month on: 4 Quay Street.
`,
  "report-template.md": `# Orders of the inbox

| Customer | Item | Quantity | Price |
|---|---|---:|---:|
{{#orders}}
| {{customer}} | {{item}} | {{quantity}} | {{price}} |
{{/orders}}

- Orders: {{orders_count}}
- Total: {{figures.total}}
- Average: {{figures.average}}
- Largest: {{figures.largest}}

Read from:
{{#files}}
- {{name}} ({{size}} bytes)
{{/files}}
`,
};
